/** The page's style: light and dark by the reader's own setting, two columns where there is room. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --back: light-dark(#fff, #14171a);
  --panel: light-dark(#f5f6f7, #1c2024);
  --line: light-dark(#dfe2e6, #30363c);
  --text: light-dark(#1d2329, #dfe3e7);
  --quiet: light-dark(#5b6570, #98a2ac);
  --link: light-dark(#0b57b8, #7db4ff);
  --get: light-dark(#0b6b3a, #6fd39b);
  --post: light-dark(#8a4b00, #f0b35f);
  --put: light-dark(#5b3fa8, #b9a3ff);
  --delete: light-dark(#a8231c, #ff8f86);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
code, pre, .path, .method, .status { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { font-size: .875em; overflow-wrap: anywhere; }
nav { background: var(--panel); border-bottom: 1px solid var(--line); padding: 1rem; }
nav summary { cursor: pointer; font-weight: 600; }
nav h2 { font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--quiet); margin: 1.2rem 0 .3rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: block; padding: .12rem 0; font-size: .875rem; color: var(--text); }
main { padding: 1.5rem 1rem 6rem; min-width: 0; max-width: 62rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; }
h1 small { font-size: .9rem; font-weight: 400; color: var(--quiet); }
main > h2 { margin: 3.5rem 0 0; font-size: 1.5rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
main > h2 + p { color: var(--quiet); margin-top: .4rem; }
section { margin-top: 2.2rem; }
h3 { margin: 0; font-size: 1.05rem; overflow-wrap: anywhere; }
h3 a { color: inherit; }
h4 { margin: 1.2rem 0 .35rem; font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--quiet); }
p { margin: .45rem 0; }
.summary { font-size: 1.05rem; }
.method { display: inline-block; min-width: 3.9em; text-align: center; border: 1px solid currentColor; border-radius: 4px; padding: 0 .4em; font-size: .8rem; font-weight: 700; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); } .delete { color: var(--delete); }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto; font-size: .875rem; line-height: 1.5; }
pre code { font-size: inherit; overflow-wrap: normal; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--quiet); font-size: .78rem; }
th, td { padding: .38rem .8rem .38rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child { white-space: nowrap; }
.required { color: var(--delete); margin-left: .1em; }
.status { font-weight: 700; color: var(--get); } .status.bad { color: var(--delete); }
.headers { color: var(--quiet); font-size: .82rem; }
details > summary { cursor: pointer; color: var(--link); font-size: .9rem; margin-top: .6rem; }
nav details > summary { color: inherit; margin: 0; }
:target { outline: 2px solid var(--link); outline-offset: .5rem; border-radius: 2px; }
@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-bottom: 0; border-right: 1px solid var(--line); }
  main { padding: 2.5rem 3rem 8rem; }
}
@media print { nav { display: none; } body { display: block; } }
`;
