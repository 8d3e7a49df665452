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

class TableView {
  constructor(table, onFocus) {
    this.table = table;
    this.onFocus = onFocus;
    this.order = table.rows.map((_, i) => i);
    this.sorted = { column: null, sign: 1 };
    this.filter = "";
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
    const search = make("input", { type: "search", "aria-label": `Filter ${title}`, placeholder: "Filter rows" });
    search.addEventListener("input", () => { this.filter = search.value.toLowerCase(); this.fill(); });
    const file = make("button", { type: "button" }, "Download CSV");
    file.addEventListener("click", () => download(name));
    this.count = make("span", { class: "count", "aria-live": "polite" });
    this.heads = heads.map((head, c) => {
      const button = make("button", { type: "button" }, head.head);
      if (head.unit) button.append(make("span", { class: "unit" }, ` (${head.unit})`));
      button.addEventListener("click", () => this.sort(c));
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
      make("div", { class: "tools" }, search, file, this.count),
      make("div", { class: "scroll" }, grid), this.more,
    );
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
    const matching = this.order.filter((i) => (
      !this.filter || cells(i).join(" ").toLowerCase().includes(this.filter)
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
