"use strict";
// Moves what stands on the page by the event of each look (poise.report.dashboard.compact), says how old that is, and comes back by itself.
(() => {
  const LEVELS = ["bad", "warning", "unknown", "good"];
  const WORDS = { bad: "Bad", warning: "Warning", unknown: "Not known", good: "Good" };
  const STATES = ["up", "down", "maintenance", "drain", "backup", "unknown"];
  const NOTHING = "–";
  const LEAST_SILENCE = 30000, ASK_AGAIN = 2000;
  const live = document.body.dataset.live === "yes";
  const part = document.getElementById("part");
  const lost = document.getElementById("lost");
  const clock = document.getElementById("clock");
  let newest = null, drawn = null, rows = new WeakMap(), waiting = false, askedAt = 0;

  // Figures as poise.web.drawing writes them.
  const pct = (v) => v === null ? NOTHING : (100 * v).toFixed(1) + " %";
  const count = (v) => v === null ? NOTHING : Math.round(v).toLocaleString("en");
  const rate = (v) => v === null ? NOTHING : v < 10 ? v.toFixed(1) : count(v);
  const ms = (v) => v === null ? NOTHING : v >= 9950 ? count(v / 1000) + " s" : v >= 1000 ? Number((v / 1000).toPrecision(2)) + " s"
    : v >= 10 ? v.toFixed(0) + " ms" : Number(v.toPrecision(2)) + " ms";

  const text = (element, said) => { if (element && element.textContent !== said) element.textContent = said; };
  const attribute = (element, name, value) => { if (element.getAttribute(name) !== value) element.setAttribute(name, value); };
  const level = (element, now) => {
    if (!element || element.classList.contains(now)) return false;
    element.classList.remove(...LEVELS);
    element.classList.add(now);
    return true;
  };
  const badge = (element, now) => {
    const found = element && element.querySelector(".badge");
    if (found && level(found, now)) found.lastChild.textContent = WORDS[now];
  };

  const parts = (table) => {
    let found = rows.get(table);
    if (!found) {
      found = Array.from(table.tBodies[0].rows, (tr) => ({
        tr, at: Number(tr.dataset.i), state: tr.querySelector(".state"), why: tr.querySelector(".why"), band: tr.querySelector(".band"), bar: tr.querySelector(".bar"),
        tick: tr.querySelector(".tick"), cells: Array.from(tr.querySelectorAll("td.num")),
      }));
      rows.set(table, found);
    }
    return found;
  };

  const drawRow = (of, [lv, st, share, expected, low, high, persecond, busy, queue, p50, p99, mean, errors, weight, why], full) => {
    const now = LEVELS[lv], x = (v) => (1000 * Math.min(1, Math.max(0, (v || 0) / full))).toFixed(0);
    const classes = now + (now === "bad" && share !== null && expected !== null && share > expected ? " hot" : "");
    if (of.tr.className !== classes) of.tr.className = classes;
    if (of.state.textContent !== STATES[st]) { of.state.textContent = STATES[st]; of.state.className = "state " + STATES[st]; }
    text(of.why, why);
    attribute(of.band, "x", x(low));
    attribute(of.band, "width", x((high || 0) - (low || 0)));
    attribute(of.bar, "width", x(share));
    attribute(of.tick, "x1", x(expected));
    attribute(of.tick, "x2", x(expected));
    attribute(of.tick, "visibility", expected === null ? "hidden" : "visible");
    const file = of.cells[7].dataset.file;
    const said = [pct(share), pct(expected), rate(persecond), count(busy), count(queue),
      p50 === null && p99 === null ? ms(mean) : ms(p50) + " / " + ms(p99), pct(errors),
      weight === null || count(weight) === file ? file : count(weight) + ", file " + file];
    said.forEach((words, i) => text(of.cells[i], words));
  };

  const drawPool = (key, pool) => {
    const element = document.getElementById(key);
    if (!element) return;
    const now = LEVELS[pool.level];
    if (level(element, now)) {
      badge(element, now);
      if (now === "bad" && element.tagName === "DETAILS") element.open = true;
    }
    text(element.querySelector(".rate"), rate(pool.rate));
    text(element.querySelector(".queued"), count(pool.queue));
    text(element.querySelector(".verdict"), pool.verdict);
    text(element.querySelector(".explanation"), pool.explanation);
    if (element.tagName === "DETAILS" && !element.open) return;
    const table = element.querySelector("table[data-rows]");
    if (!table) return;
    if (Number(table.dataset.of) === pool.servers.length) parts(table).forEach((of) => drawRow(of, pool.servers[of.at], pool.scale));
  };

  // What a tab shows that nobody looks at: nothing else is drawn there.
  const mark = (look) => {
    if (document.getElementById("said")) document.title = WORDS[look.level] + ": " + look.headline;
    const icon = document.getElementById("icon"), name = "/icon-" + look.level + ".svg";
    if (!icon.href.includes(name)) icon.href = icon.href.replace(/\/icon-.*/, name);
  };

  const draw = () => {
    waiting = false;
    if (!newest || document.hidden) return;
    const look = newest;
    text(document.getElementById("said"), look.headline);
    const headline = document.getElementById("headline");
    if (document.getElementById("said") && level(headline, look.level)) badge(headline, look.level);
    const firing = document.getElementById("firing");
    text(firing, String(look.firing));
    if (firing) firing.classList.toggle("none", look.firing === 0);
    for (const key in look.pools) drawPool(key, look.pools[key]);
    const layers = document.querySelectorAll("#layers > .layer");
    if (layers.length === look.layers.length) look.layers.forEach(([now, words], i) => {
      if (level(layers[i], now)) badge(layers[i], now);
      text(layers[i].querySelector(".words"), words);
    });
    drawn = look;
    document.body.dataset.seen = look.seen;
    anew(look);
  };
  const soon = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };

  // Where pools, servers, alerts or changes are others than those that stand here, the part is fetched; not while somebody writes in it.
  const anew = (look) => {
    const holder = document.querySelector("#part [data-shape], #part[data-shape]");
    if (!holder || holder.dataset.shape === look.shape || Date.now() - askedAt < ASK_AGAIN) return;
    if (part.contains(document.activeElement) && document.activeElement.closest("form")) return;
    askedAt = Date.now();
    part.dispatchEvent(new CustomEvent("anew"));
  };
  document.addEventListener("htmx:after:swap", () => {
    rows = new WeakMap();
    if (part && part.dataset.shape && drawn) part.dataset.shape = drawn.shape;
    document.querySelectorAll("details[open] .rows:not(:has(table))").forEach((each) => each.dispatchEvent(new CustomEvent("opened")));
    named();
    soon();
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.open) return;
    const missing = event.target.querySelector(":scope > .body > .rows:not(:has(table))");
    if (missing) missing.dispatchEvent(new CustomEvent("opened"));
    soon();
  }, true);

  // How old this is. Clocks of two machines differ: what never was less than so long ago is their difference, not an age.
  let seen = Date.parse(document.body.dataset.seen || ""), behind = Infinity, gap = 15000, before = gap, looks = 0, heard = Date.now();
  const age = () => Math.max(0, Date.now() - seen - (looks > 1 ? behind : 0));
  const ago = (milliseconds) => {
    const s = Math.round(milliseconds / 1000);
    return s < 120 ? s + " s ago" : s < 7200 ? Math.round(s / 60) + " min ago" : Math.round(s / 3600) + " h ago";
  };
  const tell = () => {
    if (!clock || Number.isNaN(seen)) return;
    const old = age(), stale = old > Math.max(10000, 4 * gap);
    text(clock, "last look " + ago(old) + (stale ? ": does the watch still run?" : ""));
    clock.classList.toggle("stale", stale);
  };
  const say = (words) => { lost.hidden = !words; text(lost, words); };

  let source = null, closedAt = 0, pause = 1000, trouble = "";
  const utc = () => new Date().toISOString().slice(11, 19) + " UTC";
  const begin = () => {
    if (source) source.close();
    source = new EventSource("/events");
    heard = Date.now();
    source.addEventListener("open", () => { pause = 1000; heard = Date.now(); if (trouble) { trouble = ""; say(""); } });
    source.addEventListener("look", (event) => {
      newest = JSON.parse(event.data);
      heard = Date.now();
      const at = Date.parse(newest.seen);
      if (at !== seen || looks === 0) {
        // The shorter of the last two: after hours without a look the first is no sign that hours are usual.
        if (looks > 0) {
          const since = Math.min(600000, Math.max(1000, at - seen));
          gap = Math.min(since, before);
          before = since;
        }
        behind = Math.min(behind, Date.now() - at);
        looks += 1;
        seen = at;
      }
      tell();
      mark(newest);
      soon();
    });
    source.addEventListener("error", () => {
      if (!trouble) trouble = utc();
      say("No connection to poise since " + trouble + ": what stands here is old. It is tried again by itself.");
      if (source.readyState === EventSource.CLOSED) closedAt = Date.now();
    });
  };
  const watch = () => {
    tell();
    const dead = source.readyState === EventSource.CLOSED && Date.now() - closedAt > pause;
    // A network that is cut says nothing: who is silent for long is asked anew.
    const silent = Date.now() - heard > Math.max(LEAST_SILENCE, 4 * gap);
    if (silent && !trouble) {
      trouble = utc();
      say("Nothing heard from poise for " + ago(Date.now() - heard).replace(" ago", "") + ": what stands here is old. It is tried again by itself.");
    }
    if (dead || silent) { pause = Math.min(30000, pause * 2); begin(); }
  };
  if (live) {
    begin();
    setInterval(watch, 1000);
    document.addEventListener("visibilitychange", soon);
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => { if (event.persisted) begin(); });
  }

  // Forms: what was refused is said, and who writes need not write the name twice.
  document.addEventListener("htmx:response:error", (event) => {
    const page = new DOMParser().parseFromString(event.detail.ctx.text || "", "text/html");
    const why = page.querySelector("main p, body");
    say("That did not work (" + event.detail.ctx.response.status + "): " + (why ? why.textContent.trim().slice(0, 300) : ""));
  });
  document.addEventListener("htmx:error", () => { if (!trouble) say("poise does not answer: nothing was changed. Is the watch still running?"); });
  const named = () => {
    const name = localStorage.getItem("poise-who");
    if (name) document.querySelectorAll("input.who").forEach((each) => { if (!each.value) each.value = name; });
  };
  document.addEventListener("submit", (event) => {
    const who = event.target.querySelector("input.who");
    if (who && who.value) localStorage.setItem("poise-who", who.value);
    if (!trouble) say("");
    const chosen = event.target.querySelector("[data-choose]");
    if (chosen) { event.preventDefault(); location.assign(chosen.value); }
  }, true);
  named();
})();
