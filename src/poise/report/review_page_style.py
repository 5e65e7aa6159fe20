"""The review page's own style. The page's policy allows this text by its hash and nothing else."""

STYLE = """
:root{color-scheme:light dark;--bg:#fff;--ink:#1a1f26;--soft:#586270;--rule:#dfe3e8;--card:#f6f8fa;--hot:#b3300a;--amber:#8a5700;
--blue:#1f6fb2;
--wash:#fbe6de;--green:#1a7f4b}
@media (prefers-color-scheme:dark){:root{--bg:#14181d;--ink:#e9edf1;--soft:#a3aeb9;--rule:#2b323a;--card:#1c2229;--hot:#ff7f50;
--amber:#e0a94a;
--blue:#6cb2ee;--wash:#33211b;--green:#5fc793}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1280px;padding:16px 32px 48px;background:var(--bg);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;overflow-wrap:anywhere}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--bg);padding:8px}a{color:var(--blue)}
h1{font-size:24px}h2{font-size:20px;border-top:1px solid var(--rule);padding-top:20px;margin-top:32px}h3{font-size:17px;margin:24px 0 8px}
.over{color:var(--soft)}.facts{display:flex;flex-wrap:wrap;gap:8px 40px}.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:14px}caption{text-align:left;color:var(--soft)}
.facts th,.facts td,.items th,.items td{text-align:left;padding:3px 14px 3px 0;border-bottom:1px solid var(--rule);vertical-align:top;
font-weight:400}
.items td.none{color:var(--hot)}
.text{width:100%;table-layout:fixed}.text td,.text th{vertical-align:top;padding:0 8px}
.text .n{width:56px;text-align:right;color:var(--soft);font:12px/1.8 ui-monospace,Menlo,Consolas,monospace;font-weight:400}
.text .t{width:62%;white-space:pre-wrap;font:13px/1.6 ui-monospace,Menlo,Consolas,monospace}
.text tr.event .t{border-left:3px solid var(--blue)}.text tr.noted .t{background:var(--wash)}
.text tr:target .t{outline:2px solid var(--blue)}
.note{border-left:3px solid var(--blue);background:var(--card);padding:4px 10px;margin:0 0 6px;font-size:14px}
.note p{margin:2px 0}.note.error{border-color:var(--hot)}.note.warning{border-color:var(--amber)}.note b{font-weight:600}
.note.error b{color:var(--hot)}.note.warning b{color:var(--amber)}.note.info b{color:var(--blue)}.note .do{color:var(--soft)}
svg{width:100%;max-width:1000px;height:auto;display:block}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
svg .soft{fill:var(--soft)}
svg .unseen{fill:#a86a00}svg .waiting{fill:#c98a2b}svg .search{fill:var(--blue)}svg .wrong{fill:var(--hot)}svg .repair{fill:#3c8fc9}
svg .recover{fill:var(--green)}
footer{color:var(--soft);font-size:13px;border-top:1px solid var(--rule);margin-top:40px}
@media (max-width:800px){body{padding:8px 12px}.text,.text tbody,.text tr,.text td,.text th{display:block;width:auto}
.text .n{display:none}.text .t{width:auto}}
"""
