"""The page of :mod:`mmrsicc.scenes.report`: one string, which gets the scene as JSON."""

_STYLE = """
:root { color-scheme: light; --line: #d4d8de; --dim: #565e6c; --changed: #e4572e;
  --same: #cbd5e1; --chosen: #ffd60a; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 100rem; padding: 1rem 1.5rem; background: #fff; color: #111827;
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.2rem 0 .4rem; }
.facts { color: var(--dim); font-size: .9rem; margin: .2rem 0; overflow-wrap: anywhere; }
.remarks { margin: .4rem 0 .8rem; padding: .4rem .9rem .4rem 2rem; background: #fff4e5;
  border: 1px solid #b4560a; border-radius: .4rem; max-width: 60rem; font-size: .92rem; }
.remarks:empty { display: none; }
main { display: grid; grid-template-columns: minmax(0, 1fr) 25rem; gap: 1.2rem; }
.tools { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center; font-size: .9rem;
  margin-bottom: .5rem; }
.tools .dates { display: flex; gap: .6rem; align-items: center; flex: 1 1 18rem; }
.tools input[type=range] { flex: 1; min-width: 8rem; accent-color: #1d4ed8; }
button { font: inherit; padding: .1rem .7rem; border: 1px solid #9aa1ad; border-radius: .3rem;
  background: #f6f7f9; cursor: pointer; }
.view { overflow: auto; max-height: 82vh; border: 1px solid var(--line); background: #1f2937; }
.stage { position: relative; margin: 0 auto; }
.stage img, .stage svg { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.edge { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: #fff;
  box-shadow: 0 0 4px #000; pointer-events: none; }
path { vector-effect: non-scaling-stroke; cursor: pointer; stroke: var(--same); stroke-width: 1;
  fill: #000; fill-opacity: 0; fill-rule: evenodd; outline: none; }
path.changed { stroke: var(--changed); stroke-width: 2; }
path:hover { fill: #fff; fill-opacity: .18; }
path.chosen, path:focus-visible { stroke: var(--chosen); stroke-width: 4; }
.doubt { color: #b4560a; font-weight: 600; margin: .2rem 0; }
.hidden { display: none; }
aside { min-width: 0; display: flex; flex-direction: column; max-height: 88vh; }
.card { border: 1px solid var(--line); border-left: 5px solid var(--chosen); border-radius: .4rem;
  padding: .6rem .9rem; min-height: 9rem; }
.card .said { font-size: 1.1rem; font-weight: 600; margin: 0 0 .3rem; overflow-wrap: anywhere; }
.card ol { margin: .3rem 0 0; padding-left: 1.3rem; font-size: .9rem; color: var(--dim); }
.chance { height: .5rem; background: #e5e7eb; border-radius: .25rem; margin: .2rem 0 .4rem; }
.chance div { height: 100%; background: var(--changed); border-radius: .25rem; }
.list { list-style: none; margin: .4rem 0 0; padding: 0; overflow: auto; flex: 1;
  border-top: 1px solid var(--line); }
.list button { display: flex; gap: .6rem; width: 100%; text-align: left; border: 0;
  border-radius: 0; border-bottom: 1px solid #e5e7eb; background: none; padding: .35rem .3rem;
  font-size: .92rem; }
.list button:hover, .list button.chosen { background: #eef4ff; }
.list span:first-child { flex: 1; overflow-wrap: anywhere; }
.list .number { color: var(--dim); white-space: nowrap; font-variant-numeric: tabular-nums; }
input[type=search] { font: inherit; width: 100%; padding: .25rem .5rem; margin-top: .8rem;
  border: 1px solid #9aa1ad; border-radius: .3rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #e5e7eb; }
.dim { color: var(--dim); font-size: .9rem; margin: .2rem 0; }
@media (max-width: 60rem) { main { grid-template-columns: 1fr; } aside { max-height: none; }
  body { padding: .8rem; } .list { max-height: 60vh; } }
"""

_BODY = """
<header><h1 id="title"></h1><p class="facts" id="facts"></p>
<p class="facts">Sentences by <span id="captioner"></span></p><ul class="remarks" id="remarks"></ul>
</header>
<main>
<section aria-label="scene">
  <div class="tools">
    <label class="dates"><span id="first"></span>
      <input type="range" id="slide" min="0" max="100" step="0.1" value="50"
        aria-label="how much of the first date is seen"><span id="second"></span></label>
    <label><input type="checkbox" id="outlines" checked> outlines</label>
    <label><input type="checkbox" id="same"> also unchanged</label>
    <span>zoom <button id="out" aria-label="zoom out">&minus;</button>
      <button id="in" aria-label="zoom in">+</button></span>
  </div>
  <div class="view" id="view"><div class="stage" id="stage">
    <img id="after" alt="second date"><img id="before" alt="first date">
    <svg id="map" preserveAspectRatio="none" aria-label="objects"></svg>
    <div class="edge" id="edge"></div>
  </div></div>
</section>
<aside aria-label="sentences">
  <div class="card" id="card" aria-live="polite">
    <p class="dim">Click an object in the scene or in the list.</p></div>
  <input type="search" id="search" placeholder="find words, e.g. road" aria-label="find words">
  <ul class="list" id="list"></ul>
</aside>
</main>
<section id="costs" class="hidden"><h2>What a prefilter would cost</h2>
<p class="dim">Tiles whose dates differ less than the threshold would be skipped. Measured on this
scene, in which none was.</p>
<table><thead><tr><th scope="col">threshold</th><th scope="col">tiles saved</th>
<th scope="col">tiles with a change lost</th></tr></thead><tbody id="rows"></tbody></table>
</section>
<noscript>This page needs JavaScript to show the objects.</noscript>
"""

_SCRIPT = """
const scene = JSON.parse(document.getElementById("data").textContent);
const at = id => document.getElementById(id);
const make = (tag, text, kind) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (kind) node.className = kind;
  return node;
};
const percent = value => value === null ? "unknown" : (100 * value).toFixed(1) + " %";

document.title = at("title").textContent = scene.title;
at("captioner").textContent = scene.captioner;
at("facts").textContent = scene.facts.join(" · ");
at("remarks").append(...scene.remarks.map(words => make("li", words)));
[at("first").textContent, at("second").textContent] = scene.dates;
[at("before").src, at("after").src] = scene.images;
at("map").setAttribute("viewBox", `0 0 ${scene.width} ${scene.height}`);

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
objects.sort((a, b) => b.found.changed - a.found.changed
  || (b.found.probability ?? 0) - (a.found.probability ?? 0));
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
    make("p", `probability of change ${percent(found.probability)}`, "dim"), chance,
    make("p", place, "dim"),
    ...(found.disagrees ? [make("p", "Mask and sentence disagree.", "doubt")] : []),
    make("p", "Best sentences with their scores:", "dim"), sentences);
}

function show(item) {
  const [left, top, right, bottom] = item.found.bounds, view = at("view");
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

function slide() {
  const share = at("slide").value;
  at("before").style.clipPath = `inset(0 ${100 - share}% 0 0)`;
  at("edge").style.left = share + "%";
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
}
const scale = factor => () => { zoom = Math.min(Math.max(zoom * factor, 1), 16); resize(); };

at("in").addEventListener("click", scale(1.5));
at("out").addEventListener("click", scale(1 / 1.5));
at("slide").addEventListener("input", slide);
at("search").addEventListener("input", filter);
at("same").addEventListener("change", filter);
at("outlines").addEventListener("change", () =>
  at("map").classList.toggle("hidden", !at("outlines").checked));
window.addEventListener("resize", resize);

at("same").checked = !objects.some(item => item.found.changed);
for (const [threshold, saved, captioned, lost, changes] of scene.prefilter) {
  const row = make("tr");
  row.append(make("td", threshold), make("td", `${saved} of ${captioned}`),
    make("td", `${lost} of ${changes}`));
  at("rows").append(row);
}
at("costs").classList.toggle("hidden", !scene.prefilter.length);
filter(); slide(); resize();
"""

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

#: HTML with ``{{DATA}}`` in the place of the scene.
PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Scene</title><style>{_STYLE}</style></head>
<body>{_BODY}<script type="application/json" id="data">{{{{DATA}}}}</script>
<script>{_SCRIPT}</script></body></html>
"""
