"""Style sheet of the page; the colours are those of Gradio's theme, light or dark."""

STYLE = """
.gradio-container { max-width: 1180px !important; margin: 0 auto !important;
  --rs-dim: color-mix(in srgb, var(--body-text-color) 72%, transparent); }
/* In line with Gradio's own blocks. */
.gradio-container .html-container { padding: 0; }
#examples .grid-wrap { min-height: 0; max-height: none; height: auto; padding-top: 1.9rem; }
#examples .thumbnail-item { aspect-ratio: 2.02; }
#examples .caption-label { display: none; }
.rs-head h1 { font-size: 1.7rem; font-weight: 700; margin: .4rem 0 .1rem; line-height: 1.2; }
.rs-head p { margin: 0; color: var(--rs-dim); }
.rs-model { margin-top: .9rem; padding: .6rem .9rem; border-left: 5px solid #e4572e;
  border-radius: .4rem; background: var(--background-fill-secondary); font-size: .93rem;
  overflow-wrap: anywhere; line-height: 1.45; }
.rs-notice { padding: 1rem 1.1rem; border: 1px dashed var(--border-color-primary);
  border-radius: .5rem; color: var(--rs-dim); overflow-wrap: anywhere; }
.rs-notice.error { border: 1px solid #e4572e; border-left-width: 5px;
  color: var(--body-text-color); }
.rs-top { display: grid; grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); gap: 1.6rem; }
.rs-figure { margin: 0; }
.rs-stage { --cut: 50%; position: relative; max-width: calc(35rem * var(--ratio));
  overflow: hidden; border-radius: .5rem; }
.rs-stage img { width: 100%; display: block; margin: 0; user-select: none; }
.rs-stage .before, .rs-stage .masked { position: absolute; inset: 0; height: 100%; }
.rs-stage .masked { display: none; }
.rs-figure:has(.rs-switch input:checked) .masked { display: block; }
.rs-stage .before { clip-path: inset(0 calc(100% - var(--cut)) 0 0); }
.rs-stage .edge { position: absolute; top: 0; bottom: 0; left: var(--cut); width: 3px;
  margin-left: -1.5px; background: #fff; box-shadow: 0 0 5px rgba(0, 0, 0, .7); }
.rs-stage .edge::after { content: "\\2194"; position: absolute; top: 50%; left: 50%;
  width: 2.2rem; height: 2.2rem; margin: -1.1rem 0 0 -1.1rem; border-radius: 50%;
  background: #fff; color: #111827; font-size: 1.2rem; line-height: 2.1rem; text-align: center;
  box-shadow: 0 1px 5px rgba(0, 0, 0, .5); }
.rs-stage .tag { position: absolute; bottom: .6rem; padding: .1rem .6rem; border-radius: 1rem;
  background: rgba(17, 24, 39, .75); color: #fff; font-size: .82rem; }
.rs-stage .first { left: .6rem; } .rs-stage .second { right: .6rem; }
.rs-stage input[type=range] { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0;
  opacity: 0; cursor: ew-resize; }
.rs-stage:has(input:focus-visible) { outline: 3px solid var(--color-accent); }
.rs-switch { display: flex; align-items: center; gap: .5rem; margin-top: .6rem; cursor: pointer;
  font-size: .93rem; }
.rs-sentence { font-size: 1.55rem; line-height: 1.3; font-weight: 650; margin: 0 0 1rem;
  overflow-wrap: anywhere; }
.rs-chance { display: grid; grid-template-columns: 1fr auto; margin-bottom: .9rem; }
.rs-chance .bar { grid-column: 1 / 3; height: .55rem; margin-top: .25rem; border-radius: .3rem;
  background: var(--border-color-primary); overflow: hidden; }
.rs-chance .bar div { height: 100%; background: #e4572e; }
.rs-truth { margin: 0 0 .9rem; padding: .5rem .8rem; border-radius: .4rem; font-size: .95rem;
  background: var(--background-fill-secondary); }
.rs-truth b { display: block; font-size: .8rem; color: var(--rs-dim); }
.rs-best { list-style: none; margin: .2rem 0 0; padding: 0; font-size: .95rem; }
.rs-best li { display: flex; gap: 1rem; justify-content: space-between; margin: 0;
  padding: .35rem 0; border-top: 1px solid var(--border-color-primary); }
.rs-best b { font-weight: 500; white-space: nowrap; font-variant-numeric: tabular-nums; }
.rs-dim { color: var(--rs-dim); font-size: .87rem; margin: .4rem 0; }
.rs-attention { margin-top: 1.6rem; }
.rs-attention h3 { font-size: 1.1rem; font-weight: 650; margin: 0; }
.rs-attention .ramp { display: inline-block; width: 6rem; height: .7rem; border-radius: .2rem;
  vertical-align: middle; background: linear-gradient(90deg, #eee, #fd8c3c, #d41020, #800026); }
.rs-words { display: flex; flex-wrap: wrap; gap: .4rem; }
.rs-words .word { display: contents; }
.rs-words input { position: absolute; opacity: 0; pointer-events: none; }
.rs-words .chip { padding: .2rem .75rem; border-radius: 1rem; cursor: pointer;
  border: 1px solid var(--border-color-primary); }
.rs-words .chip:hover { border-color: #e4572e; }
.rs-words input:checked + .chip { background: #e4572e; border-color: #e4572e; color: #fff; }
.rs-words input:focus-visible + .chip { outline: 3px solid var(--color-accent); }
.rs-words .maps { display: none; order: 1; flex: 0 0 100%; gap: 1rem; margin-top: .5rem;
  grid-template-columns: repeat(2, minmax(0, calc(25rem * var(--ratio)))); }
.rs-words input:checked ~ .maps { display: grid; }
.rs-words figure { margin: 0; } .rs-words img { width: 100%; margin: 0; border-radius: .4rem; }
.rs-words figcaption { text-align: center; font-size: .85rem;
  color: var(--rs-dim); }
.rs-map { width: 100%; height: 860px; border: 1px solid var(--border-color-primary);
  border-radius: .5rem; background: #fff; }
@media (max-width: 720px) { .rs-top { grid-template-columns: 1fr; } }
"""
