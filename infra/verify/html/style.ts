/**
 * Follows the reader's light or dark theme. A sign accompanies every colour that carries a meaning. Nothing is
 * animated.
 */
export const style = `
:root {
  color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif;
  --text: #1b1f24; --quiet: #57606a; --page: #ffffff; --panel: #f3f5f7; --line: #c4cbd3;
  --own: #d6e8ff; --own-text: #0a3069; --all: #0a3069; --all-text: #ffffff;
  --bad: #a40e26; --bad-text: #ffffff; --bad-panel: #ffebe9; --good: #116329; --good-text: #ffffff; --link: #0550ae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --quiet: #9aa5b1; --page: #0d1117; --panel: #171c24; --line: #3d4654;
    --own: #12325c; --own-text: #cae3ff; --all: #a5d1ff; --all-text: #06203f;
    --bad: #ffa198; --bad-text: #3d0508; --bad-panel: #3a1216; --good: #7ee2a8; --good-text: #04260f; --link: #79b8ff;
  }
}
body { margin: 0; background: var(--page); color: var(--text); }
main { max-width: 90rem; margin: 0 auto; padding: 1rem clamp(.75rem, 3vw, 2rem) 3rem; }
h1 { margin: .5rem 0; font-size: 1.6rem; } h2 { margin: 2.5rem 0 .5rem; font-size: 1.25rem; } h3 { margin: 0; font-size: 1rem; }
a { color: var(--link); } ul { padding-left: 1.25rem; } li, dd, h3, p, summary { overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.verdict { display: inline-block; margin: 0; padding: .25rem .75rem; border-radius: .4rem; font-weight: 700; }
.verdict.good { background: var(--good); color: var(--good-text); } .verdict.bad { background: var(--bad); color: var(--bad-text); }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.counts li { padding: .4rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--panel); } .counts b { font-size: 1.2rem; }
.key ul { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: .5rem 0 1rem; padding: 0; list-style: none; color: var(--quiet); }
.scroll { max-height: 85vh; overflow: auto; border: 1px solid var(--line); border-radius: .4rem; }
table { border-collapse: separate; border-spacing: 0; } caption { position: sticky; left: 0; padding: .5rem .75rem; text-align: left; color: var(--quiet); }
th, td { padding: .3rem .55rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
thead th { position: sticky; top: 0; z-index: 1; background: var(--panel); font-size: .9rem; } thead th:first-child { left: 0; z-index: 2; }
tbody th { position: sticky; left: 0; min-width: min(16rem, 30vw); max-width: 24rem; background: var(--page); font-size: .9rem; font-weight: 600; white-space: normal; overflow-wrap: anywhere; }
td { position: relative; } td.failed { background: var(--bad-panel); }
tbody tr:hover > * { background: var(--panel); } tbody tr:hover > td.failed { background: var(--bad-panel); }
td b, td i, .key b, td a.bad { display: inline-block; min-width: 1.25em; margin-right: 1px; border-radius: .2rem; text-align: center; font: 600 .9rem/1.4 ui-monospace, monospace; }
td i { color: var(--quiet); font-weight: 400; }
.own { background: var(--own); color: var(--own-text); } .all { background: var(--all); color: var(--all-text); }
b.bad, td a.bad { background: var(--bad); color: var(--bad-text); text-decoration: none; min-width: 1.5em; }
#only-failed { width: 1.1rem; height: 1.1rem; vertical-align: middle; } main:has(#only-failed:checked) tbody tr:not(.failed) { display: none; }
.failures { padding: 0; list-style: none; }
.failures > li { margin: .75rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-left: .4rem solid var(--bad); border-radius: .4rem; }
.failures > li:target { background: var(--bad-panel); } .failures p { margin: .25rem 0; }
pre { margin: .5rem 0 0; padding: .75rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .4rem; background: var(--panel); font: .85rem/1.5 ui-monospace, monospace; }
summary { cursor: pointer; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 40rem) { tbody th { font-size: .85rem; } th, td { padding: .3rem .45rem; } }
@media print { .scroll { max-height: none; overflow: visible; } }
`;
