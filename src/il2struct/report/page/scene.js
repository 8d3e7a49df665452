// The 3D view: chains placed by their matrices, and a camera that goes where a row points.
// One of the parts that page.py joins into the one script of the page.

const FADED = 0.45; // partners of what is focused
const FAINT = 0.12; // everything else
const TURNS = 36; // directions tried for the least covered view
const ELEMENTS = { N: "#6F8CFF", O: "#E0241B", S: "#C9A400", P: "#D97700" };
const ION_RADIUS = 0.9;
const STICK_A = 2; // an atom drawn as a stick hides what passes behind it this close, in Å …
const STICK_WEIGHT = 40; // … and counts as many atoms of a faded ribbon
const NEAR_A = 9; // residues with sticks around a bond, in Å
const WATER_A = 0.32; // sphere of a water, in Å
const CAMERA_Z = 150; // where the camera of 3Dmol stands on its axis …
const HALF_VIEW = Math.tan((10 * Math.PI) / 180); // … and the tangent of half its field of view
const RIBBON_A = 1.7; // what belongs to a residue around its backbone, and around its sticks, in Å
const STICK_PICK_A = 0.7;
const BACKBONE = new Set(["N", "CA", "C", "P", "O5'", "C3'"]);

// ---------------------------------------------------------------- vectors

const minus = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const scaled = (a, s) => [a[0] * s, a[1] * s, a[2] * s];
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0],
];
const unit = (a) => scaled(a, 1 / (Math.hypot(...a) || 1));
const place = (atom) => [atom.x, atom.y, atom.z];

function middle(points) {
  const sum = [0, 0, 0];
  for (const p of points) for (let k = 0; k < 3; k++) sum[k] += p[k] / points.length;
  return sum;
}

/** Quaternion x, y, z, w of the rotation whose rows are given. */
function quaternion([[a, b, c], [d, e, f], [g, h, i]]) {
  const t = a + e + i;
  if (t > 0) {
    const s = 2 * Math.sqrt(t + 1);
    return [(h - f) / s, (c - g) / s, (d - b) / s, s / 4];
  }
  if (a > e && a > i) {
    const s = 2 * Math.sqrt(1 + a - e - i);
    return [s / 4, (b + d) / s, (c + g) / s, (h - f) / s];
  }
  if (e > i) {
    const s = 2 * Math.sqrt(1 + e - a - i);
    return [(b + d) / s, s / 4, (f + h) / s, (c - g) / s];
  }
  const s = 2 * Math.sqrt(1 + i - a - e);
  return [(c + g) / s, (f + h) / s, s / 4, (d - b) / s];
}

// ---------------------------------------------------------------- 3D view

class Scene {
  constructor(element) {
    this.element = element;
    this.viewer = $3Dmol.createViewer(element, {
      backgroundColor: "white", antialias: true, disableFog: false,
    });
    this.viewer.setViewStyle({ style: "outline", color: "black", width: 0.02 });
    this.viewer.setDefaultCartoonQuality(6);
  }

  /** Take the atoms of an entry; chains are placed when they are first shown. */
  load(entry) {
    this.entry = entry;
    this.viewer.removeAllModels();
    this.clearMarks();
    this.bodies = new Map();
    this.hidden = new Set();
    this.lattice = false;
    const base = this.viewer.addModel(entry.coordinates, "cif", { keepH: false });
    this.atoms = new Map();
    for (const atom of base.selectedAtoms({})) {
      if (!this.atoms.has(atom.chain)) this.atoms.set(atom.chain, []);
      this.atoms.get(atom.chain).push(atom);
    }
    this.viewer.removeModel(base);
    const hetero = this.atoms.get("het");
    if (hetero) {
      const model = this.viewer.addModel();
      model.addAtoms(hetero);
      model.setStyle({}, { stick: { radius: 0.15, colorfunc: this.colour("#777777") } });
      model.setStyle({ bonds: 0 }, { sphere: { radius: ION_RADIUS, color: "#777777" } });
    }
  }

  colour(carbon) {
    return (atom) => ELEMENTS[atom.elem] || carbon;
  }

  /** The model of a chain image: a copy of the chain's atoms, moved by the image's matrix. */
  body(number) {
    if (!this.bodies.has(number)) {
      const image = this.entry.images[number];
      const m = image.matrix;
      const copies = (this.atoms.get(`c${image.chain}`) || []).map((atom) => {
        const copy = Object.assign({}, atom, { style: undefined, color: undefined });
        if (m) {
          copy.x = m[0] * atom.x + m[1] * atom.y + m[2] * atom.z + m[3];
          copy.y = m[4] * atom.x + m[5] * atom.y + m[6] * atom.z + m[7];
          copy.z = m[8] * atom.x + m[9] * atom.y + m[10] * atom.z + m[11];
        }
        return copy;
      });
      const model = this.viewer.addModel();
      model.addAtoms(copies);
      model.setStyle({}, {});
      const traces = model.selectedAtoms({ atom: ["CA", "P"] }).map(place);
      this.bodies.set(number, { model, look: "none", traces, atoms: model.selectedAtoms({}) });
    }
    return this.bodies.get(number);
  }

  /** Whether the reader has switched an image off, by its role or by its complex. */
  isHidden(number) {
    return this.hidden.has(this.chainOf(number).group)
      || this.hidden.has(`copy ${this.entry.images[number].copy}`);
  }

  chainOf(number) {
    return this.entry.chains[this.entry.images[number].chain];
  }

  isHome(number) {
    return this.entry.home.includes(number);
  }

  /** Draw one image as a ribbon of some opacity, with sticks on some residues, thick on a few. */
  draw(number, opacity, sticks = [], main = []) {
    const body = this.body(number);
    const chain = this.chainOf(number);
    const colour = this.isHome(number) ? chain.colour : chain.pale;
    const shown = this.isHidden(number) ? 0 : opacity;
    const look = `${shown} ${sticks.join(",")} ${main.join(",")}`;
    if (body.look === look) return;
    Object.assign(body, { look, opacity: shown, sticks: new Set(sticks) });
    if (!shown) {
      body.model.setStyle({}, {});
      return;
    }
    const ribbon = { cartoon: { color: colour, opacity: shown, thickness: 0.35 } };
    body.model.setStyle({}, ribbon);
    if (shown > FAINT) {
      const thin = { stick: { radius: 0.1, colorfunc: this.colour(colour) } };
      body.model.setStyle({ hetflag: true }, thin);
    }
    if (sticks.length) {
      const colorfunc = this.colour(chain.colour);
      const rest = main.length ? 0.11 : 0.15;
      const withSticks = (radius) => Object.assign({}, ribbon, { stick: { radius, colorfunc } });
      body.model.setStyle({ resi: sticks }, withSticks(rest));
      if (main.length) body.model.setStyle({ resi: main }, withSticks(0.2));
    }
  }

  clearMarks() {
    const { viewer } = this;
    viewer.removeAllShapes();
    // Taken out by hand: the viewer's own function draws the whole scene once more.
    for (const label of viewer.labels || []) viewer.modelGroup.remove(label.sprite);
    if (viewer.labels) viewer.labels.length = 0;
  }

  label(text, position, colour) {
    this.viewer.addLabel(text, {
      position: { x: position[0], y: position[1], z: position[2] },
      fontSize: 14, fontColor: "#1a1a1a", backgroundColor: "white", backgroundOpacity: 0.88,
      borderColor: colour, borderThickness: 2, inFront: true, alignment: "bottomCenter",
    }, undefined, true);
  }

  line(from, to, line, isMain) {
    this.viewer.addCylinder({
      start: from, end: to, color: line.colour, fromCap: 2, toCap: 2,
      radius: line.radius_a * (isMain ? 1.5 : 1), dashed: line.dash_a > 0,
      dashLength: line.dash_a, gapLength: line.gap_a,
    });
  }

  /** A bond through a water: its oxygen, and a line from it to either atom. */
  throughWater(a, b, [x, y, z], isMain) {
    const center = { x, y, z };
    this.viewer.addSphere({ center, radius: WATER_A * (isMain ? 1.3 : 1), color: ELEMENTS.O });
    for (const atom of [a, b]) this.line(atom, center, setup.lines.hydrogen_bond, isMain);
  }

  /** Atoms of an end: one atom, or all of the residue where it names none. */
  atomsOf([image, residue, atom]) {
    return this.body(image).model.selectedAtoms(
      atom === undefined ? { resi: residue } : { resi: residue, atom },
    );
  }

  /**
   * Look at two points so that they lie level in the plane of the screen, from the side with
   * the fewest atoms in front, and with a sphere of some radius in view.
   */
  aim(from, to, radius, images, sticks) {
    const right = unit(minus(to, from));
    const centre = scaled([from[0] + to[0], from[1] + to[1], from[2] + to[2]], 0.5);
    const helper = Math.abs(right[0]) < 0.8 ? [1, 0, 0] : [0, 1, 0];
    const first = unit(cross(right, helper));
    const second = cross(right, first);
    const weight = new Float64Array(TURNS);
    const length = Math.hypot(...minus(to, from));
    for (const number of images) {
      const thick = sticks.get(number) || new Set();
      for (const atom of this.body(number).atoms) {
        const away = minus(place(atom), centre);
        const along = Math.abs(dot(away, right));
        const u = dot(away, first);
        const v = dot(away, second);
        const out = Math.hypot(u, v);
        if (along > length / 2 + 8 || out < 1.5 || out > 45) continue;
        // Faded ribbons hide little; sticks in front of the line itself hide it.
        const hides = thick.has(atom.resi) && along < length / 2 + STICK_A;
        const half = Math.atan2(hides ? STICK_A : radius * 0.5, out);
        const angle = Math.atan2(v, u);
        for (let k = 0; k < TURNS; k++) {
          let apart = Math.abs(angle - (2 * Math.PI * k) / TURNS);
          if (apart > Math.PI) apart = 2 * Math.PI - apart;
          if (apart < half) weight[k] += hides ? STICK_WEIGHT : 1;
        }
      }
    }
    const best = weight.indexOf(Math.min(...weight));
    const turn = (2 * Math.PI * best) / TURNS;
    const ahead = [0, 1, 2].map((k) => first[k] * Math.cos(turn) + second[k] * Math.sin(turn));
    this.look([right, cross(ahead, right), ahead], centre, radius);
    // Nothing is cut off in front: an outline around a cut ribbon is a black patch.
    this.viewer.setSlab(-1000, radius * 5);
  }

  /** Set the camera without drawing. */
  look(rows, centre, radius) {
    const { viewer } = this;
    const aspect = this.element.clientWidth / Math.max(1, this.element.clientHeight);
    const half = radius / Math.min(1, aspect);
    const distance = Math.min(1400, half / HALF_VIEW);
    const [x, y, z, w] = quaternion(rows);
    viewer.modelGroup.position.x = -centre[0];
    viewer.modelGroup.position.y = -centre[1];
    viewer.modelGroup.position.z = -centre[2];
    viewer.rotationGroup.position.x = 0;
    viewer.rotationGroup.position.y = 0;
    viewer.rotationGroup.position.z = CAMERA_Z - distance;
    Object.assign(viewer.rotationGroup.quaternion, { x, y, z, w });
  }

  /** Where a point is on the screen (x, y in pixels), how far away, and pixels per Å there. */
  project(point) {
    const { rotationGroup, modelGroup } = this.viewer;
    const { x, y, z, w } = rotationGroup.quaternion;
    const axis = [x, y, z];
    const from = minus(point, scaled(place(modelGroup.position), -1));
    const twice = scaled(cross(axis, from), 2);
    const more = cross(axis, twice);
    const shift = place(rotationGroup.position);
    const [a, b, c] = [0, 1, 2].map((k) => from[k] + w * twice[k] + more[k] + shift[k]);
    const { clientWidth, clientHeight } = this.element;
    const depth = CAMERA_Z - c;
    const scale = clientHeight / 2 / (depth * HALF_VIEW);
    return { x: clientWidth / 2 + a * scale, y: clientHeight / 2 - b * scale, depth, scale };
  }

  /** Image and atom under a point of the screen: of the atoms drawn there, the nearest one. */
  pick(x, y) {
    let found = null;
    let nearest = Infinity;
    for (const [number, body] of this.bodies || []) {
      if (body.opacity <= FAINT) continue;
      for (const atom of body.atoms) {
        const hasStick = atom.hetflag || body.sticks.has(atom.resi);
        const reach = BACKBONE.has(atom.atom) ? RIBBON_A : hasStick ? STICK_PICK_A : 0;
        if (!reach) continue;
        const at = this.project(place(atom));
        const isNear = Math.hypot(at.x - x, at.y - y) < Math.max(reach * at.scale, 4);
        if (isNear && at.depth > 0 && at.depth < nearest) {
          nearest = at.depth;
          found = { image: number, atom };
        }
      }
    }
    return found;
  }

  /** Everything at home, and the neighbours of the lattice if they are switched on. */
  overview() {
    const { entry } = this;
    this.clearMarks();
    const shown = new Set(entry.home);
    if (this.lattice && entry.lattice) entry.lattice.images.forEach((n) => shown.add(n));
    for (const number of new Set([...this.bodies.keys(), ...shown])) {
      this.draw(number, shown.has(number) ? 1 : 0);
    }
    const seen = [...shown].filter((n) => !this.isHidden(n));
    const points = (seen.length ? seen : [...shown]).flatMap((n) => this.body(n).traces);
    const centre = middle(points);
    let rows = entry.view;
    if (this.lattice && entry.lattice) {
      rows = this.alongChain() || rows;
      for (const number of shown) {
        const { chain, primes } = entry.images[number];
        if (!entry.lattice.chains.includes(chain) || this.isHidden(number)) continue;
        const name = entry.chains[chain].group + primes;
        this.label(name, middle(this.body(number).traces), entry.chains[chain].colour);
      }
    }
    const ahead = Math.max(...points.map((p) => Math.abs(dot(minus(p, centre), rows[2]))), 1);
    const wide = Math.max(...points.map((p) => Math.abs(dot(minus(p, centre), rows[0]))), 1);
    const high = Math.max(...points.map((p) => Math.abs(dot(minus(p, centre), rows[1]))), 1);
    const aspect = this.element.clientWidth / Math.max(1, this.element.clientHeight);
    const half = Math.max(high, wide / Math.max(aspect, 1e-3)) * 1.06 + 4;
    // `look` widens narrow views by itself; here both directions are known.
    this.look(rows, centre, half * Math.min(1, aspect) + ahead * 0.08);
    this.viewer.setSlab(-ahead * 2 - 40, ahead * 4 + 60);
    this.viewer.render();
  }

  /** Rows of a rotation that lays the lattice chain from left to right. */
  alongChain() {
    const { home, lattice, view } = this.entry;
    const near = lattice.images.filter((n) => this.entry.images[n].primes === "′");
    if (!near.length) return null;
    const size = near.length > home.length ? near.length / 2 : near.length;
    const ahead = middle(near.slice(0, size).flatMap((n) => this.body(n).traces));
    const here = middle(lattice.images.slice(0, size).flatMap((n) => this.body(n).traces));
    const right = unit(minus(ahead, here));
    const side = Math.abs(dot(right, view[2])) < 0.9 ? view[2] : view[1];
    const up = unit(cross(side, right));
    return [right, up, cross(right, up)];
  }

  /** Show what a row points at. */
  focus(target) {
    const { entry } = this;
    this.clearMarks();
    const joint = target.joint === undefined ? null : entry.joints[target.joint];
    const ends = target.ends || [];
    const own = target.images || ends.map(([image]) => image);
    const partners = joint ? joint.sides.flat() : own.filter((n) => this.isHome(n));
    if (!partners.length) partners.push(own[0]);
    const around = new Set([...entry.home, ...(joint ? joint.around : [])]);
    if (this.lattice && entry.lattice) entry.lattice.images.forEach((n) => around.add(n));
    const sticks = new Map();
    const wanted = joint ? this.near(joint.residues, ends).concat(ends) : ends;
    for (const [image, residue] of wanted) {
      if (!sticks.has(image)) sticks.set(image, new Set());
      sticks.get(image).add(residue);
    }
    for (const number of partners.concat([...sticks.keys()])) {
      this.hidden.delete(this.chainOf(number).group);
      this.hidden.delete(`copy ${entry.images[number].copy}`);
    }
    const isPartner = new Set(partners);
    const isWhole = !ends.length;
    for (const number of new Set([...this.bodies.keys(), ...around, ...isPartner])) {
      const bright = isWhole && !joint ? 1 : FADED;
      const opacity = isPartner.has(number) ? bright : around.has(number) ? FAINT : 0;
      const main = ends.filter(([image]) => image === number).map(([, residue]) => residue);
      this.draw(number, opacity, [...(sticks.get(number) || [])].sort((a, b) => a - b), main);
    }
    if (joint) this.drawBonds(joint, ends, sticks);
    this.aimAt(target, partners, sticks);
    this.viewer.render();
  }

  /** Of some residues those near what is focused; all of them if that is the whole interface. */
  near(residues, ends) {
    if (!ends.length) return residues;
    const centre = middle(ends.map((end) => middle(this.atomsOf(end).map(place))));
    return residues.filter((residue) => this.atomsOf(residue).some(
      (atom) => Math.hypot(...minus(place(atom), centre)) < NEAR_A,
    ));
  }

  /** Lines of the bonds between residues that are drawn. */
  drawBonds(joint, ends, sticks) {
    const same = (a, b) => a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
    let found = false;
    for (const [from, to, kind, water] of joint.bonds) {
      const isShown = [from, to].every(([image, residue]) => (sticks.get(image) || new Set()).has(residue));
      const [a] = isShown ? this.atomsOf(from) : [];
      const [b] = isShown ? this.atomsOf(to) : [];
      if (!a || !b) continue;
      const isMain = ends.length === 2 && same(from, ends[0]) && same(to, ends[1]);
      found = found || isMain;
      if (water) this.throughWater(a, b, water, isMain);
      else this.line(a, b, setup.lines[kind], isMain);
    }
    if (ends.length === 2 && !found) {
      const [a] = this.atomsOf(ends[0]);
      const [b] = this.atomsOf(ends[1]);
      if (a && b) this.line(a, b, setup.lines.pi_stacking, true);
    }
  }

  aimAt(target, partners, sticks) {
    const joint = target.joint === undefined ? null : this.entry.joints[target.joint];
    const { ends = [], names = [] } = target;
    if (ends.length === 2) {
      const [a] = this.atomsOf(ends[0]);
      const [b] = this.atomsOf(ends[1]);
      if (!a || !b) return;
      this.aim(place(a), place(b), 10, partners, sticks);
      ends.forEach((end, k) => this.nameResidue(end, names[k]));
    } else if (ends.length === 1) {
      const own = middle(this.atomsOf(ends[0]).map(place));
      const others = joint ? joint.residues.filter(([image]) => image !== ends[0][0]) : [];
      const atoms = others.flatMap((r) => this.atomsOf(r));
      const near = atoms.length ? atoms.map(place).reduce((best, p) => (
        Math.hypot(...minus(p, own)) < Math.hypot(...minus(best, own)) ? p : best
      )) : [own[0] + 1, own[1], own[2]];
      this.aim(own, near, 11, partners, sticks);
      this.nameResidue(ends[0], names[0]);
    } else if (joint) {
      const sides = joint.sides.map((side) => new Set(side));
      const points = sides.map((side) => joint.residues
        .filter(([image]) => side.has(image)).flatMap((r) => this.atomsOf(r)).map(place));
      const [a, b] = points.map((p, k) => middle(p.length ? p
        : joint.sides[k].flatMap((n) => this.body(n).traces)));
      const centre = scaled([a[0] + b[0], a[1] + b[1], a[2] + b[2]], 0.5);
      const radius = Math.max(10, ...points.flat().map((p) => Math.hypot(...minus(p, centre))));
      this.aim(a, b, radius + 5, partners, new Map());
      joint.sides.forEach((side) => side.forEach((n) => this.nameImage(n, centre)));
    } else {
      const points = partners.flatMap((n) => this.body(n).traces);
      const centre = middle(points);
      const radius = Math.max(...points.map((p) => Math.hypot(...minus(p, centre))), 8);
      this.look(this.entry.view, centre, radius + 3);
      this.viewer.setSlab(-1000, radius * 5);
      partners.forEach((n) => this.nameImage(n, centre));
    }
  }

  nameResidue(end, name) {
    const atoms = this.atomsOf(end.slice(0, 2));
    if (!atoms.length) return;
    const anchor = atoms.find((a) => a.atom === "CA") || atoms[0];
    const image = this.entry.images[end[0]];
    const chain = this.entry.chains[image.chain];
    this.label(`${chain.group}${image.primes} ${name}`, place(anchor), chain.colour);
  }

  /** The name of a chain on its own side of the point that is looked at. */
  nameImage(number, centre) {
    const { traces } = this.body(number);
    if (!traces.length) return;
    const away = minus(middle(traces), centre);
    const length = Math.hypot(...away) || 1;
    const spot = scaled(away, Math.min(1, 12 / length));
    const at = [centre[0] + spot[0], centre[1] + spot[1], centre[2] + spot[2]];
    const image = this.entry.images[number];
    const chain = this.entry.chains[image.chain];
    const moved = image.code === "1_555" || image.primes ? "" : ` ${image.code}`;
    const name = image.primes ? `${chain.group}${image.primes}` : `${chain.label}${moved}`;
    this.label(name, at, chain.colour);
  }

  key(name) {
    const turns = { ArrowLeft: [-10, "y"], ArrowRight: [10, "y"], ArrowUp: [-10, "x"], ArrowDown: [10, "x"] };
    if (turns[name]) this.viewer.rotate(...turns[name]);
    else if (name === "+" || name === "=") this.viewer.zoom(1.2);
    else if (name === "-") this.viewer.zoom(1 / 1.2);
    else return false;
    return true;
  }
}
