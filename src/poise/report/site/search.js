"use strict";
// Searches the index that lies beside the page: every word must begin a word of a page; titles weigh most. Nothing is asked of anybody.
(() => {
  const box = document.getElementById("q");
  const list = document.getElementById("found");
  const told = document.getElementById("told");
  const pages = window.POISE_PAGES;
  const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}_-]*/gu) || [];
  const begins = (asked, all) => all.some((word) => word.startsWith(asked) || word.split("-").some((part) => part.startsWith(asked)));
  const held = pages.map((page) => ({ page, title: words(page.t), summary: words(page.s), all: page.w.split(" ") }));
  const weight = (asked, { title, summary, all }) =>
    title.includes(asked) ? 12 : begins(asked, title) ? 8 : begins(asked, summary) ? 3 : begins(asked, all) ? 1 : 0;
  const MOST = 30;

  function show() {
    const asked = words(box.value);
    list.replaceChildren();
    if (!asked.length) { told.textContent = `${pages.length} pages`; return; }
    const found = [];
    for (const each of held) {
      const weights = asked.map((word) => weight(word, each));
      if (weights.every(Boolean)) {
        const whole = each.title.join("-") === asked.join("-") ? 50 : 0;
        found.push([weights.reduce((a, b) => a + b, whole), each.page]);
      }
    }
    found.sort(([a, one], [b, other]) => b - a || one.t.localeCompare(other.t));
    told.textContent = found.length > MOST ? `${found.length} pages, the best ${MOST} here` : `${found.length} ${found.length === 1 ? "page" : "pages"}`;
    for (const [, page] of found.slice(0, MOST)) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = page.u;
      link.textContent = page.t;
      const about = document.createElement("p");
      about.textContent = `${page.k}. ${page.s}`;
      item.append(link, about);
      list.append(item);
    }
  }

  box.value = new URLSearchParams(location.search).get("q") || "";
  box.addEventListener("input", show);
  document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault();
    history.replaceState(null, "", `?${new URLSearchParams({ q: box.value })}`);
    show();
  });
  show();
})();
