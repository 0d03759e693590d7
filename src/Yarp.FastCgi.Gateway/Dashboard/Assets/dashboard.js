"use strict";
// Everything that is shown goes through textContent or an attribute: names come from the configuration, paths from clients.
(() => {
  const seconds = 300;
  const points = [];
  const byId = id => document.getElementById(id);
  const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  let paused = false;
  const held = new Map();
  let health = new Map();

  const setText = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const setTone = (node, tone) => { if (node.dataset.tone !== tone) node.dataset.tone = tone; };

  function make(name, className, text) {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function duration(value) {
    const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    const first = parts.findIndex(([length]) => value >= length);
    if (first < 0) return "0 s";
    return parts.slice(first, first + 2)
      .map(([length, unit], i) => `${Math.floor((i ? value % parts[first][0] : value) / length)} ${unit}`)
      .filter((text, i) => i === 0 || !text.startsWith("0 "))
      .join(" ");
  }

  function milliseconds(value) {
    if (value === null || value === undefined) return ["–", "ms"];
    return value >= 10000 ? [numbers.format(value / 1000), "s"] : [value >= 100 ? whole.format(value) : numbers.format(value), "ms"];
  }

  // ---- charts -------------------------------------------------------------------------------------------------------------

  const charts = [
    { id: "chart-rate", name: "Requests per second", lines: [["requests", "--k1", "all", true], ["failed", "--k4", "failed", true]], least: 1 },
    { id: "chart-latency", name: "Duration in milliseconds", lines: [["p50", "--k1", "half within"], ["p95", "--k2", "95 % within"], ["p99", "--k3", "99 % within"]], least: 1 },
    { id: "chart-pool", name: "Connections", lines: [["busy", "--k1", "in use", true], ["idle", "--k2", "kept"], ["limit", "--k5", "limit"]], least: 4 },
    { id: "chart-queue", name: "Queue", lines: [["queued", "--k3", "waiting", true]], least: 4 },
  ];

  function data(chart) {
    return [points.map(point => point.time), ...chart.lines.map(([key]) => points.map(point => point[key]))];
  }

  function create(chart) {
    const style = getComputedStyle(document.documentElement);
    // A custom property may be a function of the color scheme; what is computed for a property of its own is a color.
    const probe = document.body.appendChild(make("span"));
    const color = name => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
    const fade = text => text.replace("rgb(", "rgba(").replace(")", ", 0.14)");
    const node = byId(chart.id);
    chart.plot?.destroy();
    const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false }, font: `12px ${style.fontFamily || "sans-serif"}` };
    chart.plot = new uPlot({
      width: node.clientWidth || 400,
      height: node.clientHeight || 190,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: true, range: () => { const end = points.length ? points[points.length - 1].time : Date.now() / 1000; return [end - Math.min(seconds, Math.max(60, points.length)) + 1, end]; } },
        y: { range: (_, least, most) => [0, Math.max(chart.least, (most ?? 0) * 1.12)] },
      },
      axes: [
        { ...axis, space: 70, size: 30, values: (_, ticks) => ticks.map(tick => new Date(tick * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: tick % 60 ? "2-digit" : undefined, hour12: false })) },
        { ...axis, space: 36, size: 50, values: (_, ticks) => ticks.map(tick => tick >= 10000 ? `${numbers.format(tick / 1000)} k` : numbers.format(tick)) },
      ],
      series: [{}, ...chart.lines.map(([, name, label, filled]) => ({
        label, stroke: color(name), width: 2, points: { show: false }, spanGaps: false,
        fill: filled ? fade(color(name)) : undefined,
        dash: name === "--k5" ? [5, 5] : undefined,
      }))],
    }, data(chart), node);
    probe.remove();
  }

  function describe(chart, point) {
    const node = byId(chart.id);
    const text = chart.lines.map(([key, , label]) => `${label} ${point[key] === null ? "none" : numbers.format(point[key])}`).join(", ");
    node.setAttribute("aria-label", `${chart.name}: ${text}`);
  }

  const createAll = () => charts.forEach(create);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", createAll);
  new ResizeObserver(() => charts.forEach(chart => {
    const node = byId(chart.id);
    if (chart.plot && node.clientWidth > 0 && chart.plot.width !== node.clientWidth) chart.plot.setSize({ width: node.clientWidth, height: node.clientHeight });
  })).observe(document.querySelector(".charts"));

  function draw() {
    if (document.hidden) return;
    charts.forEach(chart => chart.plot.setData(data(chart)));
    const point = points[points.length - 1];
    if (!point) return;
    // Who listens instead of looking asks when it suits: a label that changes each second is read out by nobody, and is there when wanted.
    charts.forEach(chart => describe(chart, point));
    setText(byId("tile-rate"), numbers.format(point.requests));
    setText(byId("tile-failed"), numbers.format(point.failed));
    setTone(byId("tile-failed").closest("div"), point.failed > 0 ? "bad" : "");
    const [p95, unit] = milliseconds(point.p95);
    setText(byId("tile-p95"), p95);
    setText(byId("tile-p95-unit"), unit);
    setText(byId("tile-flight"), whole.format(point.inFlight));
    setText(byId("tile-queue"), whole.format(point.queued));
    setTone(byId("tile-queue").closest("div"), point.queued > 0 ? "warn" : "");
    setText(byId("uptime"), duration(point.uptime));
    connected(point.draining ? "Draining" : "Live", point.draining ? "warn" : "good");
  }

  // ---- tables -------------------------------------------------------------------------------------------------------------

  // Rows are kept while they are there, so that a selection, a focus or a reader's place survives the next second.
  function rows(id, items, key, build, update) {
    const body = byId(id).tBodies?.[0] ?? byId(id);
    const known = new Map([...body.children].map(row => [row.dataset.key, row]));
    items.forEach((item, i) => {
      const name = key(item);
      let row = known.get(name);
      if (row) {
        known.delete(name);
      } else {
        row = build(item);
        row.dataset.key = name;
      }
      update(row, item);
      if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null);
    });
    known.forEach(row => row.remove());
  }

  function bar(width) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 100 8");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    for (const name of width) {
      const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      rect.setAttribute("class", name);
      rect.setAttribute("height", "8");
      svg.append(rect);
    }
    return svg;
  }

  function setBar(svg, shares) {
    let x = 0;
    shares.forEach((share, i) => {
      const width = Math.max(0, Math.min(100 - x, share * 100));
      svg.children[i].setAttribute("x", x);
      svg.children[i].setAttribute("width", width);
      x += width;
    });
  }

  function gauge() {
    const node = make("div", "gauge");
    node.append(bar(["used", "kept"]), make("span"));
    return node;
  }

  function setGauge(cell, used, kept, limit, text) {
    if (!cell.firstChild) cell.append(gauge());
    const node = cell.firstChild;
    setBar(node.firstChild, limit > 0 ? [used / limit, kept / limit] : [0, 0]);
    setText(node.lastChild, text);
    setTone(node, limit > 0 && used >= limit ? "bad" : limit > 0 && used >= limit * 0.8 ? "warn" : "");
  }

  function healthOf(destination) {
    if (!destination.available || destination.active === "Unhealthy" || destination.passive === "Unhealthy") return ["Down", "bad"];
    if (destination.congested) return ["Congested", "warn"];
    return destination.active === "Healthy" || destination.passive === "Healthy" ? ["Up", "good"] : ["Not checked", ""];
  }

  function buildDestination() {
    const row = make("tr");
    const name = make("th");
    name.scope = "row";
    name.append(make("span"), make("small"));
    const state = make("td");
    state.append(make("span", "pill"));
    const address = make("td");
    address.append(make("code"));
    row.append(name, state, address, make("td", "n"), make("td", "n"), make("td"), make("td", "n"), make("td"));
    return row;
  }

  function updateDestination(row, item) {
    const { cluster, destination } = item;
    const cells = row.children;
    setText(cells[0].firstChild, destination.id);
    setText(cells[0].lastChild, `${cluster.id} · ${cluster.transport}`);
    const [word, tone] = healthOf(destination);
    setText(cells[1].firstChild, word);
    setTone(cells[1].firstChild, tone);
    setText(cells[2].firstChild, destination.address);
    setText(cells[3], cluster.transport === "HTTP" ? "–" : whole.format(destination.requests));
    setText(cells[4], cluster.transport === "HTTP" ? "–" : whole.format(destination.failed));
    cells[4].classList.toggle("is-bad", destination.failed > 0);
    const pool = destination.pool;
    if (pool) {
      const busy = pool.open - pool.idle;
      setGauge(cells[5], busy, pool.idle, pool.limit, pool.idle ? `${busy} of ${pool.limit}, ${pool.idle} kept` : `${busy} of ${pool.limit}`);
      setText(cells[6], whole.format(pool.queued));
    } else {
      setText(cells[5], `${destination.inFlight} in flight`);
      setText(cells[6], "–");
    }
    const fpm = destination.fpm;
    if (fpm) {
      if (cells[7].firstChild && !cells[7].firstElementChild) cells[7].textContent = "";
      const extras = [fpm.queue ? `${fpm.queue} queued` : "", fpm.maxReached ? `max_children reached ${fpm.maxReached}×` : "", fpm.slow ? `${fpm.slow} slow` : ""].filter(Boolean);
      setGauge(cells[7], fpm.active, 0, fpm.active + fpm.idle, [`${fpm.active} of ${fpm.active + fpm.idle} busy`, ...extras].join(", "));
    } else {
      setText(cells[7], "–");
    }
  }

  function showClusters(state) {
    const items = state.clusters.flatMap(cluster => cluster.destinations.map(destination => ({ cluster, destination })));
    rows("destinations", items, item => `${item.cluster.id}/${item.destination.id}`, buildDestination, updateDestination);
    const down = items.filter(item => healthOf(item.destination)[1] === "bad").length;
    setText(byId("tile-up"), whole.format(items.length - down));
    setText(byId("tile-up-of"), `of ${whole.format(items.length)}`);
    setTone(byId("tile-up").closest("div"), down > 0 ? "bad" : "");
    setText(byId("destinations-count"), state.destinationCount > items.length ? `${items.length} of ${state.destinationCount} shown` : "");
    const current = new Map(items.map(item => [`${item.destination.id} of ${item.cluster.id}`, healthOf(item.destination)[0]]));
    // The first look is no news.
    const news = health.size ? [...current].filter(([name, word]) => health.has(name) && health.get(name) !== word && (word === "Down" || health.get(name) === "Down")) : [];
    if (news.length) setText(byId("announcer"), news.map(([name, word]) => `Destination ${name} is ${word === "Down" ? "down" : "up again"}.`).join(" "));
    health = current;
  }

  function showErrors(errors) {
    byId("errors-empty").hidden = errors.length > 0;
    const most = Math.max(1, ...errors.map(error => error.count));
    rows("errors", errors, error => error.type, () => {
      const item = make("li");
      item.append(make("code"), make("b"), bar([""]));
      return item;
    }, (item, error) => {
      setText(item.children[0], error.type);
      setText(item.children[1], whole.format(error.count));
      setBar(item.children[2], [error.count / most]);
    });
  }

  function showInterpreters(interpreters) {
    byId("interpreters-panel").hidden = interpreters.length === 0;
    rows("interpreters", interpreters, item => item.address, () => {
      const row = make("tr");
      const name = make("th");
      name.scope = "row";
      name.append(make("span"), make("small", "mono"));
      const state = make("td");
      state.append(make("span", "pill"));
      row.append(name, state, make("td", "n"), make("td", "n"), make("td", "n"));
      return row;
    }, (row, item) => {
      const cells = row.children;
      setText(cells[0].firstChild, item.where);
      setText(cells[0].lastChild, item.address);
      setText(cells[1].firstChild, item.failed ? "Failed" : item.ready > 0 ? "Running" : "Not started");
      setTone(cells[1].firstChild, item.failed ? "bad" : item.ready > 0 ? "good" : "");
      setText(cells[2], `${item.ready} of ${item.max}`);
      setText(cells[3], item.ready > 0 ? duration(item.uptime) : "–");
      setText(cells[4], whole.format(item.restarts));
    });
  }

  function showFailures({ failures }) {
    byId("failures-empty").hidden = failures.length > 0;
    byId("failures").parentElement.hidden = failures.length === 0;
    const seen = new Map();
    rows("failures", failures, failure => {
      const name = `${failure.time} ${failure.trace} ${failure.path}`;
      seen.set(name, (seen.get(name) ?? 0) + 1);
      return `${name} ${seen.get(name)}`;
    }, failure => {
      const row = make("tr");
      const time = make("td", "time");
      const when = make("time", "", new Date(failure.time).toLocaleTimeString([], { hour12: false }));
      when.dateTime = failure.time;
      time.append(when);
      const status = make("td", "n is-bad", String(failure.status));
      const request = make("td");
      request.append(make("code", "", `${failure.method} ${failure.path}`));
      const what = make("td", "what");
      what.append(make("code", "", failure.error), make("small", "", failure.message));
      const where = make("td", "where", [failure.cluster, failure.destination].filter(Boolean).join(" / ") || "–");
      const trace = make("td");
      trace.append(failure.trace ? make("code", "", failure.trace) : make("span", "muted", "none"));
      row.append(time, status, request, what, where, trace);
      return row;
    }, () => {});
  }

  function showRoutes({ routes, count }) {
    setText(byId("routes-count"), count > routes.length ? `${routes.length} of ${count} shown` : "");
    rows("routes", routes, route => route.id, () => {
      const row = make("tr");
      const name = make("th");
      name.scope = "row";
      row.append(name, make("td"), make("td"), make("td"), make("td"));
      row.children[2].append(make("code"));
      return row;
    }, (row, route) => {
      setText(row.children[0], route.id);
      setText(row.children[1], route.hosts);
      setText(row.children[2].firstChild, route.path);
      setText(row.children[3], route.methods);
      setText(row.children[4], route.cluster ?? "–");
    });
  }

  function showState(state) {
    showClusters(state);
    showErrors(state.errors);
    showInterpreters(state.interpreters);
  }

  // ---- events -------------------------------------------------------------------------------------------------------------

  function connected(text, tone) {
    setText(byId("connection-text"), text);
    setTone(byId("connection"), tone);
  }

  function add(point) {
    points.push(point);
    if (points.length > seconds) points.shift();
  }

  const events = new EventSource("/events");
  const on = (name, handle) => events.addEventListener(name, event => handle(JSON.parse(event.data)));
  on("history", list => { points.length = 0; list.forEach(add); draw(); });
  on("point", point => { add(point); if (!paused) draw(); });
  for (const [name, show] of [["state", showState], ["routes", showRoutes], ["failures", showFailures]]) {
    on(name, value => { if (paused) held.set(name, () => show(value)); else show(value); });
  }
  events.onerror = () => connected("Reconnecting", "bad");

  byId("pause").addEventListener("click", () => {
    paused = !paused;
    byId("pause").setAttribute("aria-pressed", String(paused));
    if (!paused) {
      draw();
      held.forEach(show => show());
      held.clear();
    }
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !paused) draw(); });
  createAll();
})();
