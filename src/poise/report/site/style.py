"""The site's style: that of poise's other pages, with a head, marks beside configurations, and lists of what was found."""

from poise.report.incident_page_style import PAGE_STYLE

STYLE = (
    PAGE_STYLE
    + """
header{display:flex;flex-wrap:wrap;gap:6px 18px;align-items:center;border-bottom:1px solid var(--rule);padding:10px 0;margin-bottom:24px}
header nav ul{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;margin:0;padding:0}header form{margin-left:auto}
[aria-current]{font-weight:700}.home{font-weight:700;text-decoration:none}
input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:4px;padding:3px 8px;max-width:100%}
button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:4px;padding:3px 10px}
main h1{margin-top:8px}blockquote{margin:0 0 12px;padding:2px 14px;border-left:3px solid var(--rule);color:var(--soft)}
pre{background:var(--card);padding:10px 14px;overflow-x:auto;border-radius:4px;font:13px/1.45 ui-monospace,Menlo,Consolas,monospace}
pre code{background:none;padding:0;font:inherit}img{max-width:100%;height:auto}
figure{margin:12px 0;border-left:4px solid var(--rule);padding-left:10px}figure pre{margin:2px 0}
figure.good{border-left-color:#1a7f4b}figure.bad{border-left-color:var(--hot)}figcaption{font-size:14px;color:var(--soft)}
#found{padding-left:20px}#found p{margin:0 0 10px;color:var(--soft)}
@media print{header,footer{display:none}}
"""
)
