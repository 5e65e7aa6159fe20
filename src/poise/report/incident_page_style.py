"""The page's own style, beside that of its pictures. The page's policy allows this text by its hash and nothing else."""

PAGE_STYLE = """
:root{color-scheme:light dark;--bg:#fff;--ink:#1a1f26;--soft:#586270;--rule:#dfe3e8;
--hot:#cf3a0b;--wash:#fbe6de;--card:#f6f8fa;--blue:#1f6fb2}
@media (prefers-color-scheme:dark){:root{--bg:#14181d;--ink:#e9edf1;--soft:#a3aeb9;
--rule:#2b323a;--hot:#ff7f50;--wash:#33211b;--card:#1c2229;
--blue:#6cb2ee}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1064px;padding:16px 32px 48px;background:var(--bg);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;overflow-wrap:break-word}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--bg);padding:8px}a{color:var(--blue)}
.over{margin:0;color:var(--soft);font-size:14px}.badge{border:1px solid var(--rule);border-radius:9px;padding:1px 8px}
.narrow{display:none}.wide svg,.narrow svg{width:100%;height:auto;display:block}
.key{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;padding:0;margin:4px 20px 12px;font-size:13px;color:var(--soft)}
.key i{display:inline-block;width:20px;height:10px;margin-right:6px;vertical-align:middle}
.key .line{height:0;border-top:3px solid var(--hot)}.key .cool{border-top:2px solid #5f7f9f}.key .dash{border-top:2px dashed var(--ink)}
.key .dot{border-top:2px dotted #1a7f4b}.key .wash{background:var(--wash)}.key .amber{background:#a86a00}.key .green{background:#1a7f4b}
.key .blue{background:#1f6fb2}.key .wrong{background:repeating-linear-gradient(135deg,var(--hot) 0 5px,var(--bg) 5px 7px)}
.key .grey{background:repeating-linear-gradient(135deg,#8b95a1 0 1px,var(--card) 1px 5px);border:1px solid #8b95a1}
.key .dia{width:10px;height:10px;background:#1f6fb2;transform:rotate(45deg)}
h1{font-size:26px;line-height:1.25;margin:40px 0 12px}h2{font-size:20px;margin:32px 0 8px;border-top:1px solid var(--rule);padding-top:20px}
.note{color:var(--soft);font-size:14px;margin:0 0 8px}.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:14px;margin:8px 0 16px;min-width:50%}caption{text-align:left;color:var(--soft);padding:4px 0}
th,td{text-align:left;padding:5px 14px 5px 0;border-bottom:1px solid var(--rule);vertical-align:top;font-weight:400}
thead th{color:var(--soft)}
.num{text-align:right;font-variant-numeric:tabular-nums}.hot th,.hot td{color:var(--hot);font-weight:700}
details{margin:6px 0}summary{cursor:pointer;padding:4px 0}
code{font:13px ui-monospace,Menlo,Consolas,monospace;background:var(--card);padding:1px 4px;
border-radius:3px}article td:first-child{min-width:160px}
footer{color:var(--soft);font-size:13px;border-top:1px solid var(--rule);margin-top:40px}
@media (max-width:700px){body{padding:8px 12px 32px;font-size:15px}.wide{display:none}.narrow{display:block}.key{margin:4px 0 12px}
.scroll table{min-width:600px}}
@media print{details>*{display:block}.skip{display:none}}
"""
