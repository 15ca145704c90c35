/** The page's only style. Its hash stands in the page's content security policy, so no other style can apply. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --page: #fff; --band: #f6f8fa;
  --fail: #c4281c; --warn: #8a5a00; --pass: #116329; --untold: #8250df; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --page: #0d1117; --band: #151b23;
  --fail: #ff7b72; --warn: #d8a03a; --pass: #56d364; --untold: #c297ff; } }
* { box-sizing: border-box; }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.head { border-left: .4rem solid; padding-left: 1rem; } .head p { margin: .3rem 0 0; color: var(--ink); }
.fail { color: var(--fail); } .warn { color: var(--warn); } .pass { color: var(--pass); }
.flagged { color: var(--fail); font-weight: 600; } .untold { color: var(--untold); font-style: italic; } .none, .clear { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; font-size: .85rem; }
code { font: .9em ui-monospace, monospace; unicode-bidi: isolate; overflow-wrap: anywhere; }
article { border: 1px solid var(--line); border-left: .3rem solid currentcolor; border-radius: .3rem; margin: .8rem 0; padding: .6rem 1rem; }
article > * { color: var(--ink); } article h3 { font-size: 1rem; margin: 0 0 .4rem; }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: .2rem 1rem; margin: 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: .8rem 0 0; } figure img { display: block; max-width: 100%; image-rendering: pixelated; border: 1px solid var(--line); }
figure img.mask, figure img.pattern { width: 8rem; } figcaption { color: var(--soft); font-size: .85rem; margin-top: .2rem; }
figure svg { display: block; max-width: 100%; height: auto; border: 1px solid var(--line); font: 12px system-ui, sans-serif; fill: var(--ink); }
svg rect { fill: var(--band); stroke: var(--soft); } svg line { stroke: var(--soft); } svg .detail { fill: var(--soft); font-size: 10px; }
svg .decision rect, svg .join rect { stroke: var(--fail); stroke-width: 2; } svg .trunk rect { stroke-dasharray: 4 3; }
.next { font-weight: 600; }
details { margin: .4rem 0; } summary { cursor: pointer; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .85rem; }
`;
