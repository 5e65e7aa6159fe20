"""The colours and type of the pictures, light and dark. Colours are told apart by people who see no red or green: hot is also thick,
expected dashed, ruled out hatched."""

STYLE = """
.pic{--bg:#fff;--ink:#1a1f26;--soft:#586270;--grid:#e4e8ec;--hot:#cf3a0b;--cool:#5f7f9f;--blue:#1f6fb2;--green:#1a7f4b;
--amber:#a86a00;--grey:#8b95a1;--greyfill:#e9ecef;--wash:#fbe6de;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,
sans-serif;fill:var(--ink)}
@media (prefers-color-scheme:dark){.pic{--bg:#14181d;--ink:#e9edf1;--soft:#a3aeb9;--grid:#2b323a;
--hot:#ff7f50;--cool:#8fb0d0;--blue:#6cb2ee;
--green:#57c78f;--amber:#eeb24a;--grey:#87919c;--greyfill:#2a3038;--wash:#33211b}}
.bg{fill:var(--bg)}.h{font-size:21px;font-weight:700}.hn{font-size:17px;font-weight:700}.s{font-size:13px;fill:var(--soft)}
.t{font-size:12px}.q{font-size:12px;fill:var(--soft)}.b{font-size:12.5px;font-weight:600}.k{font-size:12px;font-weight:700}
.bh{font-size:15px;font-weight:700;fill:var(--hot)}.bl{font-size:15px;font-weight:700;fill:var(--blue)}
.hotx{fill:var(--hot)}.coolx{fill:var(--cool)}.bluex{fill:var(--blue)}.greenx{fill:var(--green)}.amberx{fill:var(--amber)}
.halo{paint-order:stroke;stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}.on{fill:#fff}
@media (prefers-color-scheme:dark){.on{fill:#14181d}}
.g{stroke:var(--grid);stroke-width:1}.ax{stroke:var(--grey);stroke-width:1}.mk{stroke:var(--soft);stroke-width:1;stroke-dasharray:1 3}
.wash{fill:var(--wash)}.l{fill:none;stroke-width:1.6;stroke-linejoin:round}.lcool{stroke:var(--cool)}
.lhot{stroke:var(--hot);stroke-width:3}.lblue{stroke:var(--blue);stroke-width:3}.ahot{fill:var(--hot);opacity:.16}.ablue{fill:var(--blue);opacity:.14}
.exp{stroke:var(--ink);stroke-width:1.4;stroke-dasharray:6 4;fill:none}.obj{stroke:var(--green);stroke-width:1.4;stroke-dasharray:2 3}
.fhot{fill:var(--hot)}.famber{fill:var(--amber)}.fblue{fill:var(--blue)}.fgreen{fill:var(--green)}.fgrey{fill:var(--grey)}.fsoft{fill:var(--greyfill)}
.ruled{fill:var(--greyfill);stroke:var(--grey);stroke-width:1}.hatch{stroke:var(--grey);stroke-width:1;opacity:.55}
.wrong{fill:var(--hot)}.hatchw{stroke:var(--bg);stroke-width:1.4;opacity:.5}
"""
