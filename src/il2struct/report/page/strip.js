// The sequence of each chain as a strip of letters, linked with the 3D view both ways.
// One of the parts that page.py joins into the one script of the page.

class Strips {
  /** Strips of the chains that are shown at first, each once. */
  constructor(box, entry) {
    this.box = box;
    this.entry = entry;
    this.letters = new Map(); // by image, one element a residue
    this.shown = [];
    this.pointed = null;
    const chains = new Map();
    for (const image of entry.home) {
      const { chain } = entry.images[image];
      if (entry.chains[chain].strip && !chains.has(chain)) chains.set(chain, image);
    }
    box.replaceChildren(...[...chains.values()].map((image) => this.strip(image)));
    byId("sequences").hidden = !chains.size;
  }

  /** Partners by their colour, and whether it is bonded, of each residue of an image. */
  touches(image) {
    const found = new Map();
    const at = (residue) => {
      if (!found.has(residue)) found.set(residue, { colours: new Set(), names: [], bonds: 0 });
      return found.get(residue);
    };
    for (const joint of this.entry.joints.filter(({ around }) => !around.length)) {
      const side = joint.sides.findIndex((images) => images.includes(image));
      if (side < 0) continue;
      const { chain } = this.entry.images[joint.sides[1 - side][0]];
      const { pale, label } = this.entry.chains[chain];
      for (const [own, residue] of joint.residues) {
        if (own !== image) continue;
        at(residue).colours.add(pale);
        at(residue).names.push(label);
      }
      for (const ends of joint.bonds) {
        const end = ends.slice(0, 2).find(([own]) => own === image);
        if (end) at(end[1]).bonds += 1;
      }
    }
    return found;
  }

  strip(image) {
    const { label, strip } = this.entry.chains[this.entry.images[image].chain];
    const touches = this.touches(image);
    const marks = strip.sequence.split("").map(() => ({}));
    for (const [mark, first, last, words] of strip.marks) {
      for (let k = first; k <= last; k++) marks[k - 1][mark] = words;
    }
    const letters = [...strip.sequence].map((letter, k) => {
      const residue = k + 1;
      const number = strip.numbers[k];
      const { gap, mutation, sequon, glycan } = marks[k];
      const touch = touches.get(residue);
      const said = [
        `${NAMES[letter] || letter}${number ?? ""}`, gap && "no coordinates",
        mutation && `mutation ${mutation}`, glycan ? "carries a sugar" : sequon && "glycosylation site",
        touch && touch.names.length && `interface with ${touch.names.join(" and ")}`,
        touch && touch.bonds && `${touch.bonds} bond${touch.bonds > 1 ? "s" : ""}`,
      ];
      const cell = make("span", {
        role: "option", id: `letter-${image}-${residue}`, "data-residue": residue, "aria-selected": "false",
        "aria-label": said.filter(Boolean).join(", "),
        class: ["letter", gap && "gap", mutation && "mutation", glycan ? "glycan" : sequon && "sequon",
          touch && touch.names.length && "touch", touch && touch.bonds && "bonded"].filter(Boolean).join(" "),
        "data-number": Number(number) % 10 === 0 ? number : null,
      }, gap ? letter.toLowerCase() : letter);
      if (touch && touch.names.length) {
        const bands = [...touch.colours];
        const stops = bands.map((colour, n) => (
          `${colour} ${(100 * n) / bands.length}% ${(100 * (n + 1)) / bands.length}%`
        ));
        cell.style.background = `linear-gradient(${stops.join(", ")})`;
      }
      return cell;
    });
    this.letters.set(image, letters);
    const row = make("div", {
      class: "letters", role: "listbox", tabindex: 0, "aria-label": `Sequence of ${label}`, "data-image": image,
    }, ...letters);
    const residueOf = (event) => Number(event.target.dataset.residue) || null;
    row.addEventListener("pointerover", (event) => residueOf(event) && point(image, residueOf(event)));
    row.addEventListener("pointerleave", () => point(null));
    row.addEventListener("click", (event) => residueOf(event) && pickResidue(image, residueOf(event)));
    row.addEventListener("keydown", (event) => this.key(event, row, image, letters.length));
    row.addEventListener("blur", () => point(null));
    return make("div", { class: "strip" }, make("span", { class: "chain", title: label }, make("bdi", {}, label)), row);
  }

  key(event, row, image, length) {
    const at = this.pointed && this.pointed[0] === image ? this.pointed[1] : Number(row.dataset.at) || 0;
    const goTo = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 1, End: length }[event.key];
    if (goTo !== undefined) {
      const residue = Math.min(Math.max(goTo, 1), length);
      row.dataset.at = residue;
      row.setAttribute("aria-activedescendant", `letter-${image}-${residue}`);
      point(image, residue);
    } else if ((event.key === "Enter" || event.key === " ") && at) pickResidue(image, at);
    else return;
    event.preventDefault();
  }

  letter(image, residue) {
    return (this.letters.get(image) || [])[residue - 1];
  }

  /** Mark the residue under the pointer and scroll to it, without moving the page. */
  point(image, residue) {
    const before = this.pointed && this.letter(...this.pointed);
    if (before) before.classList.remove("pointed");
    this.pointed = image === null ? null : [image, residue];
    const letter = image !== null && this.letter(image, residue);
    if (!letter) return;
    letter.classList.add("pointed");
    this.scrollTo(letter);
  }

  /** Mark the residues that are in view. */
  choose(ends) {
    this.shown.forEach((letter) => letter.setAttribute("aria-selected", "false"));
    this.shown = ends.map(([image, residue]) => this.letter(image, residue)).filter(Boolean);
    this.shown.forEach((letter) => letter.setAttribute("aria-selected", "true"));
    if (this.shown.length) this.scrollTo(this.shown[0]);
  }

  scrollTo(letter) {
    const { box } = this;
    const outer = box.getBoundingClientRect();
    const inner = letter.getBoundingClientRect();
    const label = letter.closest(".strip").firstChild.offsetWidth;
    if (inner.left < outer.left + label) box.scrollLeft -= outer.left + label - inner.left + 40;
    if (inner.right > outer.right) box.scrollLeft += inner.right - outer.right + 40;
    if (inner.top < outer.top + 12) box.scrollTop -= outer.top + 12 - inner.top;
    if (inner.bottom > outer.bottom - 8) box.scrollTop += inner.bottom - outer.bottom + 8;
  }
}
