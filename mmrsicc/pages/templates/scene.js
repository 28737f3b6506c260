const scene = JSON.parse(document.getElementById("data").textContent);
const at = id => document.getElementById(id);
const make = (tag, text, kind) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (kind) node.className = kind;
  return node;
};
const percent = value => value === null ? "unknown" : (100 * value).toFixed(1) + " %";

const objects = scene.objects.map(found => {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", found.path);
  path.setAttribute("tabindex", 0);
  path.setAttribute("role", "button");
  path.setAttribute("aria-label", found.caption);
  if (found.changed) path.classList.add("changed");
  const entry = make("li"), line = make("button");
  line.append(make("span", found.caption), make("span", percent(found.probability), "number"));
  entry.append(line);
  const item = { found, path, entry, line };
  path.addEventListener("click", () => choose(item));
  path.addEventListener("keydown", event => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(item); }
  });
  line.addEventListener("click", () => { choose(item); show(item); });
  return item;
});
// The last drawn lies on top: unchanged ones below, and small ones above large ones.
at("map").append(...[...objects].sort((a, b) => a.found.changed - b.found.changed
  || b.found.pixels - a.found.pixels).map(item => item.path));
at("list").append(...objects.map(item => item.entry));

let chosen = null;
function choose(item) {
  if (chosen) [chosen.path, chosen.line].forEach(node => node.classList.remove("chosen"));
  chosen = item;
  [item.path, item.line].forEach(node => node.classList.add("chosen"));
  item.path.parentNode.append(item.path);
  item.line.scrollIntoView({ block: "nearest" });
  const found = item.found, chance = make("div", undefined, "chance"), bar = make("div");
  bar.style.width = 100 * (found.probability ?? 0) + "%";
  chance.append(bar);
  const sentences = make("ol");
  sentences.append(...found.nBest.map(([words, score]) => make("li", `${words} (${score})`)));
  const [left, top, right, bottom] = found.bounds;
  const direction = found.direction ? `${found.direction}, ` : "";
  const place = `${direction}${found.area}, `
    + `columns ${left} to ${right}, rows ${top} to ${bottom}`;
  at("card").replaceChildren(make("p", found.caption, "said"),
    make("p", `probability of change ${percent(found.probability)}`, "note"), chance,
    make("p", place, "note"),
    ...(found.disagrees ? [make("p", "Mask and sentence disagree.", "doubt")] : []),
    make("p", "Best sentences with their scores:", "note"), sentences);
}

function show(item) {
  const [left, top, right, bottom] = item.found.bounds, view = at("view");
  const size = Math.max(right - left, bottom - top) * at("stage").clientWidth / scene.width;
  if (size < 24) { zoom = Math.min(120 / size * zoom, most); resize(); }
  const scale = at("stage").clientWidth / scene.width;
  view.scrollTo({ left: (left + right) / 2 * scale - view.clientWidth / 2,
    top: (top + bottom) / 2 * scale - view.clientHeight / 2 });
}

function filter() {
  const words = at("search").value.trim().toLowerCase();
  for (const { found, path, entry } of objects) {
    const wanted = (found.changed || at("same").checked)
      && found.caption.toLowerCase().includes(words);
    path.classList.toggle("hidden", !wanted);
    entry.classList.toggle("hidden", !wanted);
  }
}

// The slider parts what is seen of the scene, wherever that is.
function slide() {
  const view = at("view"), width = at("stage").clientWidth;
  const cut = view.scrollLeft + at("slide").value / 100 * Math.min(view.clientWidth, width);
  at("before").style.clipPath = `inset(0 ${width - cut}px 0 0)`;
  at("edge").style.left = cut + "px";
}

// Tiles of full resolution come where the picture in the page is too coarse.
const shown = new Map();
function tiles() {
  if (!scene.tiles) return;
  const { levels, edge, picture } = scene.tiles, view = at("view");
  const scale = at("stage").clientWidth / scene.width;
  const fine = levels - 1 + Math.log2(scale * window.devicePixelRatio);
  const level = Math.min(Math.max(Math.ceil(fine - 0.1), 0), levels - 1);
  const span = edge * 2 ** (levels - 1 - level), wanted = new Map();
  if (scale * window.devicePixelRatio > 1.1 * picture / scene.width) {
    const end = (first, length, size) => Math.min((first + length) / scale, size) / span;
    for (let y = Math.floor(view.scrollTop / scale / span);
      y < end(view.scrollTop, view.clientHeight, scene.height); y++) {
      for (let x = Math.floor(view.scrollLeft / scale / span);
        x < end(view.scrollLeft, view.clientWidth, scene.width); x++) {
        for (const date of ["before", "after"]) {
          wanted.set(`${date}/${level}/${x}/${y}.jpg`, [date, x * span, y * span]);
        }
      }
    }
  }
  for (const [name, image] of shown) {
    if (!wanted.has(name)) { image.remove(); shown.delete(name); }
  }
  for (const [name, [date, x, y]] of wanted) {
    if (shown.has(name)) continue;
    const image = make("img", undefined, "tile");
    image.alt = "";
    image.style.left = 100 * x / scene.width + "%";
    image.style.top = 100 * y / scene.height + "%";
    image.style.width = 100 * Math.min(span, scene.width - x) / scene.width + "%";
    image.style.height = 100 * Math.min(span, scene.height - y) / scene.height + "%";
    image.src = `${scene.tiles.folder}/${name}`;
    at(date).append(image);
    shown.set(name, image);
  }
}

let zoom = 1;
function resize() {
  const view = at("view"), middle = (view.scrollLeft + view.clientWidth / 2) / view.scrollWidth,
    level = (view.scrollTop + view.clientHeight / 2) / view.scrollHeight;
  const room = Math.min(at("view").clientWidth,
    0.8 * window.innerHeight * scene.width / scene.height);
  at("stage").style.width = zoom * room + "px";
  at("stage").style.height = zoom * room * scene.height / scene.width + "px";
  view.scrollTo({ left: middle * view.scrollWidth - view.clientWidth / 2,
    top: level * view.scrollHeight - view.clientHeight / 2 });
  slide(); tiles();
}
const most = Math.max(16, 2 * scene.width / Math.max(at("view").clientWidth, 1));
const scale = factor => () => { zoom = Math.min(Math.max(zoom * factor, 1), most); resize(); };

at("in").addEventListener("click", scale(1.5));
at("out").addEventListener("click", scale(1 / 1.5));
at("slide").addEventListener("input", slide);
at("search").addEventListener("input", filter);
at("same").addEventListener("change", filter);
at("outlines").addEventListener("change", () =>
  at("map").classList.toggle("hidden", !at("outlines").checked));
at("view").addEventListener("scroll", () => { slide(); tiles(); });
window.addEventListener("resize", resize);

at("same").checked = !objects.some(item => item.found.changed);
filter(); resize();
