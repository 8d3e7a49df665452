// Tables that sort, filter and answer to the keyboard.
// One of the parts that page.py joins into the one script of the page.

const ROWS_AT_ONCE = 200;

// ---------------------------------------------------------------- tables

const text = (value, digits) => {
  if (value === null || value === undefined) return "";
  return typeof value === "number" && digits !== null ? value.toFixed(digits) : String(value);
};

/** Numbers by size, texts by language with numbers inside by size, missing values last. */
const collator = new Intl.Collator("en", { numeric: true });
function compare(a, b, sign) {
  const missing = (v) => v === null || v === undefined || v === "";
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * collator.compare(String(a), String(b));
}

// ---------------------------------------------------------------- search

const LETTERS = {
  ala: "a", arg: "r", asn: "n", asp: "d", cys: "c", gln: "q", glu: "e", gly: "g", his: "h", ile: "i",
  leu: "l", lys: "k", met: "m", phe: "f", pro: "p", ser: "s", thr: "t", trp: "w", tyr: "y", val: "v",
};

const NAMES = Object.fromEntries(Object.entries(LETTERS).map(([name, letter]) => (
  [letter.toUpperCase(), name[0].toUpperCase() + name.slice(1)]
)));

/** Words as people type them: no case, no Greek, no hyphens; "IL-2Rα" is "il2ra". */
const plain = (words) => words.toLowerCase()
  .replaceAll("α", "a").replaceAll("β", "b").replaceAll("γ", "g").replace(/(?<=\w)[-‐–](?=\w)/g, "");

/** All words that find a row: those of its cells, residues by letter (R38), roles by other names. */
function wordsOf(cells) {
  const words = cells.flatMap((cell) => plain(cell).split(/[^\p{L}\p{N}]+/u)).filter(Boolean);
  const letters = words.flatMap((word) => {
    const [, name, number] = /^([a-z]{3})(\d+.*)$/.exec(word) || [];
    return LETTERS[name] ? [LETTERS[name] + number, number] : [];
  });
  const other = Object.entries(setup.names)
    .filter(([symbol]) => words.includes(plain(symbol)))
    .flatMap(([, names]) => plain(names).split(" "));
  return [...words, ...letters, ...other];
}

/** Whether some word begins with each word searched for; a number is a whole one. */
const isFound = (words, searched) => searched.every((part) => (
  words.some((word) => (/\d$/.test(part) ? word === part : word.startsWith(part)))
));

// ---------------------------------------------------------------- one interface or residue

/** Tables that show one interface, copy or residue once it is chosen in another table. */
const FOLLOWING = ["bonds", "residues", "contacts"];

const belongs = (target, only) => Boolean(target) && (only.joint ?? target.joint) === target.joint && (
  !only.end || target.ends.some((end) => end[0] === only.end[0] && end[1] === only.end[1])
);

class TableView {
  constructor(table, onFocus) {
    this.table = table;
    this.onFocus = onFocus;
    this.order = table.rows.map((_, i) => i);
    this.sorted = { column: null, sign: 1 };
    this.searched = [];
    this.words = new Map();
    this.limit = ROWS_AT_ONCE;
    this.selected = null;
    this.isNumber = table.heads.map((_, c) => (
      table.rows.some((row) => typeof row[c] === "number")
    ));
    this.panel = this.makePanel();
    this.fill();
  }

  makePanel() {
    const { name, title, heads, rows } = this.table;
    const search = make("input", {
      type: "search", "aria-label": `Filter ${title}`, placeholder: "R38, IL2RA, salt …",
    });
    search.addEventListener("input", () => {
      this.searched = plain(search.value).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
      this.fill();
    });
    this.chosen = make("button", { type: "button", class: "chosen", hidden: true }, "all");
    this.chosen.addEventListener("click", () => chooseOnly(null));
    this.meaning = make("p", { class: "meaning", id: `meaning-${name}` });
    const file = make("button", { type: "button" }, "Download CSV");
    file.addEventListener("click", () => download(name));
    this.count = make("span", { class: "count", "aria-live": "polite" });
    this.heads = heads.map((head, c) => {
      const button = make("button", { type: "button" }, head.head);
      if (head.unit) button.append(make("span", { class: "unit" }, ` (${head.unit})`));
      button.addEventListener("click", () => this.sort(c));
      const explain = () => {
        this.meaning.textContent = head.meaning ? `${head.head}: ${head.meaning}.` : "";
      };
      button.addEventListener("focus", explain);
      button.addEventListener("pointerenter", explain);
      if (head.meaning) button.setAttribute("aria-describedby", this.meaning.id);
      return make("th", { scope: "col", "aria-sort": "none", class: this.isNumber[c] ? "num" : null }, button);
    });
    this.body = make("tbody");
    const grid = make(
      "table", { role: "grid", "aria-label": `${title}, ${rows.length} rows` },
      make("thead", {}, make("tr", {}, ...this.heads)), this.body,
    );
    this.more = make("button", { type: "button", hidden: true });
    this.more.addEventListener("click", () => { this.limit = Infinity; this.fill(); });
    this.body.addEventListener("click", (event) => this.choose(event.target.closest("tr")));
    this.body.addEventListener("keydown", (event) => this.key(event));
    return make(
      "div", { role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}`, hidden: true },
      make("h3", { class: "unseen" }, title),
      make("div", { class: "tools" }, search, this.chosen, file, this.count),
      this.meaning,
      make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${title}, scrolls` }, grid),
      this.more,
    );
  }

  /** The table where it stands under a heading of the page instead of a tab. */
  section() {
    for (const name of ["role", "aria-labelledby", "hidden"]) this.panel.removeAttribute(name);
    return this.panel;
  }

  sort(column) {
    const isSame = this.sorted.column === column;
    // The first click shows the largest number, or the first word.
    const sign = isSame ? -this.sorted.sign : this.isNumber[column] ? -1 : 1;
    this.sorted = { column, sign };
    const { rows } = this.table;
    this.order.sort((a, b) => compare(rows[a][column], rows[b][column], sign) || a - b);
    this.heads.forEach((head, c) => head.setAttribute(
      "aria-sort", c !== column ? "none" : sign > 0 ? "ascending" : "descending",
    ));
    this.fill();
  }

  fill() {
    const { rows, heads, focus } = this.table;
    const cells = (i) => rows[i].map((value, c) => text(value, heads[c].digits));
    const { only } = state;
    const follows = only && FOLLOWING.includes(this.table.name);
    this.chosen.hidden = !follows;
    if (follows) this.chosen.textContent = `${only.name} only ×`;
    const matching = this.order.filter((i) => (
      (!follows || belongs(focus[i], only))
      && (!this.searched.length || isFound(this.wordsOfRow(i, cells), this.searched))
    ));
    const shown = matching.slice(0, this.limit);
    this.body.replaceChildren(...shown.map((i, k) => {
      const row = make(
        "tr", { "data-row": i, class: focus[i] ? "points" : null },
        ...cells(i).map((cell, c) => make("td", { class: this.isNumber[c] ? "num" : cell.length < 24 ? "tight" : null }, cell)),
      );
      if (focus[i]) {
        row.tabIndex = k === 0 ? 0 : -1;
        row.setAttribute("aria-selected", String(i === this.selected));
      }
      return row;
    }));
    this.count.textContent = matching.length === rows.length
      ? `${rows.length} rows` : `${matching.length} of ${rows.length} rows`;
    this.more.hidden = shown.length === matching.length;
    this.more.textContent = `Show all ${matching.length} rows`;
  }

  wordsOfRow(i, cells) {
    if (!this.words.has(i)) this.words.set(i, wordsOf(cells(i)));
    return this.words.get(i);
  }

  choose(row) {
    if (!row) return;
    const number = Number(row.dataset.row);
    if (!this.table.focus[number]) return;
    this.onFocus(this, number);
    this.move(row);
  }

  mark(number) {
    this.selected = number;
    for (const row of this.body.querySelectorAll("tr.points")) {
      row.setAttribute("aria-selected", String(Number(row.dataset.row) === number));
    }
  }

  /** One row of a table is in the tab order: the one last visited. */
  move(row) {
    for (const other of this.body.querySelectorAll('tr[tabindex="0"]')) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus({ preventScroll: false });
  }

  key(event) {
    const row = event.target.closest("tr");
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = [...this.body.children];
    const at = rows.indexOf(row);
    const goTo = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (goTo !== undefined) {
      if (rows[goTo]) this.move(rows[goTo]);
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(row);
    } else return;
    event.preventDefault();
  }
}
