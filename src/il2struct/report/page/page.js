// The page itself: what stands where, what a click does, files to download.
// Nothing here asks the network for anything; every text of an entry is set by textContent.

const byId = (id) => document.getElementById(id);
const setup = JSON.parse(byId("setup").textContent);

/** Make an element with attributes and text or children. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Unpack a block of the page: base64, gzip, JSON. */
async function unpacked(id) {
  const packed = Uint8Array.from(atob(byId(id).textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// ---------------------------------------------------------------- files

const needsQuotes = /[",\n\r]/;
const csvCell = (value) => {
  if (value === null || value === undefined) return "";
  if (value === true) return "True";
  if (value === false) return "False";
  const plain = String(value);
  return needsQuotes.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
};

/** A table of all entries as CSV. */
function csv(name) {
  const parts = state.entries.map((entry) => entry.downloads[name]).concat(state.common[name] || []);
  const [first] = parts.filter(Boolean);
  const rows = parts.filter(Boolean).flatMap((part) => part.rows);
  return [first.columns, ...rows].map((row) => row.map(csvCell).join(",")).join("\n") + "\n";
}

function download(name) {
  const address = URL.createObjectURL(new Blob([csv(name)], { type: "text/csv" }));
  const link = make("a", { href: address, download: `${name}.csv` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function listFiles() {
  const names = new Set([
    ...state.entries.flatMap((entry) => Object.keys(entry.downloads)),
    ...Object.keys(state.common),
  ]);
  byId("files").replaceChildren(...[...names].map((name) => {
    const button = make("button", { type: "button", "data-file": name }, `${name}.csv`);
    button.addEventListener("click", () => download(name));
    return button;
  }));
}

// ---------------------------------------------------------------- figures

/**
 * Put the drawings that are on show in place. Names inside a drawing are made its own, so that
 * none borrows another's parts.
 */
async function drawFigures() {
  state.drawings = state.drawings || unpacked("pictures");
  const drawings = await state.drawings;
  const reader = new DOMParser();
  for (const [id, source] of Object.entries(drawings)) {
    const frame = byId(id);
    if (frame.firstChild || frame.closest("[hidden]")) continue;
    const own = source
      .replace(/\bid="/g, `id="${id}-`)
      .replace(/url\(#/g, `url(#${id}-`)
      .replace(/href="#/g, `href="#${id}-`);
    const svg = document.importNode(reader.parseFromString(own, "image/svg+xml").documentElement, true);
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("focusable", "false");
    frame.replaceChildren(svg);
    await new Promise((go) => setTimeout(go));
  }
  document.body.dataset.figures = state.entry ? state.entry.id : "";
}

// ---------------------------------------------------------------- page

const state = {
  entries: [], common: {}, entry: null, network: null, views: [], scene: null, strips: null, drawings: null, only: null,
};

function say(words) {
  byId("say").textContent = words;
}

function focusRow(view, number) {
  state.views.forEach((other) => other.mark(other === view ? number : null));
  const target = view.table.focus[number];
  if (view.table.name === "interfaces") {
    chooseOnly({ joint: target.joint, name: target.say.split(",")[0] });
  } else if (view.table.name === "residues" && !(state.only && state.only.end)) {
    chooseOnly({ joint: target.joint, end: target.ends[0], name: target.names[0] }, view);
  }
  show(target);
}

/** Let the other tables show what belongs to one interface or residue; null for all again. */
function chooseOnly(only, from = null) {
  state.only = only;
  state.views.filter((view) => view !== from).forEach((view) => view.fill());
}

function show(target) {
  say(target.say);
  state.strips.choose(target.ends || []);
  if (!state.scene) return;
  state.scene.focus(target);
  updateToggles();
}

function reset() {
  chooseOnly(null);
  state.strips.choose([]);
  state.views.forEach((view) => view.mark(null));
  say(overviewWords());
  if (!state.scene) return;
  state.scene.hidden.clear();
  state.scene.overview();
  updateToggles();
}

function overviewWords() {
  const { entry, scene } = state;
  if (!scene) return entry.left_out || setup.viewer_line;
  const names = entry.home.map((n) => scene.chainOf(n).label).join(", ");
  const lattice = scene.lattice && entry.lattice ? ` Lattice: ${entry.lattice.words}; neighbours are pale.` : "";
  return `${entry.id}: ${names}.${lattice}`;
}

function updateToggles() {
  for (const box of byId("controls").querySelectorAll("input[data-group]")) {
    box.checked = !state.scene.hidden.has(box.dataset.group);
  }
}

// ---------------------------------------------------------------- one residue

/** What a residue of an image is called: "IL-2 (A) Arg38", by its place in the sequence. */
function residueName(image, residue) {
  const { chain: number, primes } = state.entry.images[image];
  const { label, strip } = state.entry.chains[number];
  const letter = strip && strip.sequence[residue - 1];
  const known = letter ? `${NAMES[letter] || letter}${strip.numbers[residue - 1] ?? ""}` : "";
  return { chain: `${label}${primes}`, name: known };
}

/** What the tables say of a residue, and where it belongs. */
function residueTargets(image, residue) {
  const table = state.entry.tables.find(({ name }) => name === "residues");
  return (table ? table.focus : []).filter((target) => target && target.ends.some(
    (end) => end[0] === image && end[1] === residue,
  ));
}

function wordsOfResidue(image, residue, otherwise = "") {
  const { chain, name } = residueName(image, residue);
  const said = residueTargets(image, residue).map((target) => (
    `${state.entry.joints[target.joint].name}: ${target.say.split(", ").pop()}`
  ));
  return [`${chain} ${name || otherwise}`, ...said].join("; ");
}

/** Name the residue under the pointer, in the view and on its strip; null for none. */
function point(image, residue, otherwise = "") {
  state.strips.point(image, residue);
  const tip = byId("tip");
  const { scene } = state;
  const [atom] = image === null || !scene ? [] : scene.atomsOf([image, residue, "CA"]);
  const [any] = image === null || !scene || atom ? [atom] : scene.atomsOf([image, residue]);
  tip.hidden = !any || scene.isHidden(image);
  if (tip.hidden) return;
  const at = scene.project(place(any));
  tip.textContent = wordsOfResidue(image, residue, otherwise);
  tip.style.left = `${at.x}px`;
  tip.style.top = `${at.y}px`;
  tip.classList.toggle("leftwards", at.x > scene.element.clientWidth / 2);
}

/** Bring one residue into view, and let the tables follow. */
function pickResidue(image, residue, otherwise = "") {
  const { chain, name } = residueName(image, residue);
  const called = name || otherwise;
  const ends = [[image, residue]];
  const [first] = residueTargets(image, residue);
  state.views.forEach((view) => view.mark(null));
  chooseOnly({ end: ends[0], name: called });
  if (state.scene && !state.scene.atomsOf(ends[0]).length) {
    state.strips.choose(ends);
    say(`${chain} ${called} has no coordinates.`);
    return;
  }
  show({ joint: first && first.joint, ends, names: [called], say: wordsOfResidue(image, residue, otherwise) });
}

/** Name what the pointer is on in 3D, and bring it into view on a click that does not turn the view. */
function watchPointer(box) {
  let down = null;
  const found = (event) => {
    const { left, top } = box.getBoundingClientRect();
    return state.scene.pick(event.clientX - left, event.clientY - top);
  };
  const name = ({ atom }) => atom.resn[0] + atom.resn.slice(1).toLowerCase();
  box.addEventListener("pointermove", (event) => {
    if (event.buttons) { point(null); return; }
    const hit = found(event);
    if (hit) point(hit.image, hit.atom.resi, name(hit));
    else point(null);
  });
  box.addEventListener("pointerleave", () => point(null));
  box.addEventListener("wheel", () => point(null), { passive: true });
  box.addEventListener("pointerdown", (event) => { down = [event.clientX, event.clientY]; }, true);
  box.addEventListener("pointerup", (event) => {
    const hit = down && Math.hypot(event.clientX - down[0], event.clientY - down[1]) < 4 && found(event);
    down = null;
    if (hit) pickResidue(hit.image, hit.atom.resi, name(hit));
  }, true);
}

function makeControls() {
  const { entry, scene } = state;
  const controls = byId("controls");
  controls.hidden = !scene;
  if (!scene) return;
  const groups = new Map();
  const ordered = entry.home.map((n) => scene.chainOf(n)).concat(entry.chains);
  ordered.forEach((chain) => groups.has(chain.group) || groups.set(chain.group, chain.colour));
  const toggle = (group, ...children) => {
    const box = make("input", { type: "checkbox", checked: true, "data-group": group });
    box.addEventListener("change", () => {
      if (box.checked) scene.hidden.delete(group);
      else scene.hidden.add(group);
      redraw();
    });
    return make("label", {}, box, ...children);
  };
  const boxes = [...groups].map(([group, colour]) => {
    const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = colour;
    return toggle(group, swatch, group);
  });
  const copies = [...new Set(entry.home.map((n) => entry.images[n].copy))];
  if (copies.length > 1) boxes.push(...copies.map((copy) => toggle(`copy ${copy}`, `Copy ${copy}`)));
  const neighbours = make("input", { type: "checkbox", id: "lattice", disabled: !entry.lattice });
  neighbours.addEventListener("change", () => {
    scene.lattice = neighbours.checked;
    state.views.forEach((view) => view.mark(null));
    scene.overview();
    say(overviewWords());
  });
  const all = make("button", { type: "button", id: "reset", class: "pushed" }, "Reset view");
  all.addEventListener("click", reset);
  controls.replaceChildren(...boxes, make("label", {}, neighbours, "Lattice"), all);
}

/** Draw again what is shown, after a role was switched. */
function redraw() {
  const view = state.views.find((one) => one.selected !== null);
  const { scene } = state;
  if (!view) {
    scene.overview();
    return;
  }
  const hidden = new Set(scene.hidden);
  for (const [number, body] of scene.bodies) {
    const opacity = Number(body.look.split(" ")[0]) || 0;
    if (scene.isHidden(number) && opacity) scene.draw(number, 0);
  }
  if (hidden.size) scene.viewer.render();
  else scene.focus(view.table.focus[view.selected]), updateToggles();
}

function openTab(name) {
  for (const tab of byId("tabs").children) {
    const isOpen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(isOpen));
    tab.tabIndex = isOpen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !isOpen;
  }
  if (name === "evidence") setTimeout(drawFigures);
}

function makeTabs() {
  const { entry } = state;
  const number = state.entries.indexOf(entry);
  const own = [["summary", "Summary", `summary-${number}`, null]];
  state.views.forEach(({ table }) => (
    own.push([table.name, table.title, `panel-${table.name}`, table.rows.length])
  ));
  byId("tabs").replaceChildren(...own.map(([name, title, panel, count]) => {
    const tab = make("button", {
      type: "button", role: "tab", id: `tab-${name}`, "data-tab": name, "aria-controls": panel,
    }, title);
    if (count !== null) tab.append(make("span", { class: "count" }, ` ${count}`));
    tab.addEventListener("click", () => openTab(name));
    return tab;
  }));
}

function tabKey(event) {
  const tabs = [...byId("tabs").children];
  const at = tabs.indexOf(document.activeElement);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (at < 0 || !step) return;
  const next = tabs[(at + step + tabs.length) % tabs.length];
  next.focus();
  openTab(next.dataset.tab);
  event.preventDefault();
}

function openEntry(number) {
  const entry = state.entries[number];
  state.entry = entry;
  for (const button of byId("entries").children) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.entry) === number));
  }
  state.views.forEach((view) => view.panel.remove());
  state.only = null;
  state.views = entry.tables.map((table) => new TableView(table, focusRow));
  if (state.network) {
    const { table, parts: [words, ...figures] } = state.network;
    const view = new TableView({ ...table, focus: entry.network }, focusRow);
    view.panel.prepend(words);
    view.panel.append(...figures);
    state.views.push(view);
  }
  byId("tables").append(...state.views.map((view) => view.panel));
  state.strips = new Strips(byId("strips"), entry);
  document.querySelectorAll(".entry-summary").forEach((part, k) => {
    part.hidden = k !== number;
    part.classList.toggle("empty", k !== number);
  });
  document.querySelectorAll(".figure-set[data-entry]").forEach((part) => {
    part.hidden = Number(part.dataset.entry) !== number;
  });
  makeTabs();
  openTab("summary");
  document.querySelectorAll("#viewer figure").forEach((picture, k) => {
    picture.hidden = k !== number || Boolean(state.scene && entry.coordinates);
  });
  if (state.scene) {
    if (entry.coordinates) {
      state.scene.load(entry);
      state.scene.overview();
    } else state.scene.viewer.removeAllModels();
  }
  makeControls();
  say(overviewWords());
}

function startViewer() {
  if (!setup.has_viewer || typeof $3Dmol === "undefined") return;
  const box = make("div", { class: "canvas" });
  box.style.cssText = "position:absolute;inset:0";
  byId("viewer").append(box);
  try {
    state.scene = new Scene(box);
    watchPointer(box);
  } catch (error) {
    box.remove();
    setup.viewer_line = "This browser draws no 3D (WebGL is off); the picture stands in its place.";
  }
}

async function start() {
  const data = await unpacked("data");
  state.entries = data.entries;
  state.common = data.common;
  state.network = data.network && { table: data.network, parts: [...byId("network").children] };
  byId("bench").hidden = !state.entries.length;
  if (state.entries.length) startViewer();
  byId("entries").replaceChildren(...state.entries.map((entry, k) => {
    const button = make("button", { type: "button", "data-entry": k, "aria-pressed": "false" }, entry.id);
    button.addEventListener("click", () => {
      openEntry(k);
      setTimeout(drawFigures);
    });
    return button;
  }));
  byId("entries").hidden = state.entries.length < 2;
  listFiles();
  for (const [name, table] of Object.entries(data.sections)) {
    byId(name).append(new TableView(table, () => {}).section());
  }
  if (state.entries.length) openEntry(0);
  byId("tabs").addEventListener("keydown", tabKey);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-joint], button.enlarge");
    if (!button) return;
    if (button.dataset.joint) {
      show({ joint: Number(button.dataset.joint), say: button.dataset.say });
      byId("bench").scrollIntoView();
    } else {
      const isLarge = button.parentNode.classList.toggle("large");
      button.setAttribute("aria-pressed", String(isLarge));
    }
  });
  byId("viewer").addEventListener("keydown", (event) => {
    if (state.scene && state.scene.key(event.key)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.entries.length) reset();
  });
  // A canvas is not printed everywhere; its picture is.
  window.addEventListener("beforeprint", () => {
    byId("printed").replaceChildren();
    if (!state.scene || !state.entry.coordinates) return;
    const source = state.scene.viewer.pngURI();
    byId("printed").append(make("img", { src: source, alt: byId("say").textContent }));
  });
  document.body.dataset.ready = "1";
  setTimeout(drawFigures);
}

window.il2struct = { state, csv };
start();
