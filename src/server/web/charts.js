// SPDX-License-Identifier: BSD-3-Clause
//
// Small charts in SVG: a plot of up to three lines over the last five minutes, a spark line, and
// bars. They draw values; what those mean is status.js's to know.
"use strict";

const Charts = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const SPAN_S = 300;
  const LEAST_SPAN_S = 60;

  function element(name, attributes = {}, parent = null) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (parent) parent.append(node);
    return node;
  }

  // The least round number that is not below the value: 1, 2, 2.5 or 5 times a power of ten (or of
  // 1024 with such a factor, for bytes).
  function roundUp(value, binary) {
    if (!(value > 0)) return 1;
    const base = binary ? 1024 ** Math.floor(Math.log(value) / Math.log(1024)) : 1;
    const scaled = value / base;
    const power = 10 ** Math.floor(Math.log10(scaled));
    for (const step of [1, 2, 2.5, 5, 10]) {
      if (scaled <= step * power) return step * power * base;
    }
    return 10 * power * base;
  }

  // How a value becomes a share of the height, and which values have a line of the grid.
  function linear(most, binary) {
    const top = roundUp(most, binary);
    return {share: (value) => value / top, grid: [0, top / 2, top]};
  }
  function logarithmic(most) {
    const decades = Math.max(Math.ceil(Math.log10(Math.max(most, 1))), 2);
    const grid = Array.from({length: decades + 1}, (_, i) => 10 ** i);
    return {share: (value) => Math.log10(Math.max(value, 1)) / decades, grid};
  }

  // "5 k" for "5.00 k".
  const short = (text) => text.replace(/\.0+(?=\s|$)/, "");

  // Pieces of a path: a break where a value is missing.
  function pathOf(points, x, y) {
    let path = "";
    let open = false;
    for (const [time, value] of points) {
      if (value === null || !Number.isFinite(value)) {
        open = false;
        continue;
      }
      path += `${open ? "L" : "M"}${x(time).toFixed(1)} ${y(value).toFixed(1)}`;
      open = true;
    }
    return path;
  }

  class Plot {
    // series: [{label, kind}], kind one of "a", "b", "c"; format: value -> text.
    constructor(figure, series, format, {binary = false, fill = false, log = false} = {}) {
      this.series = series;
      this.format = format;
      this.binary = binary;
      this.fill = fill;
      this.log = log;
      this.hover = null;
      this.points = series.map(() => []);
      const caption = figure.querySelector("figcaption");
      this.title = caption.textContent;
      const legend = document.createElement("span");
      legend.className = "legend";
      this.figures = series.map(({label, kind}) => {
        const item = document.createElement("span");
        const key = document.createElement("i");
        key.className = kind;
        const figureNow = document.createElement("b");
        item.append(key, label, figureNow);
        legend.append(item);
        return figureNow;
      });
      caption.append(legend);
      this.svg = element("svg", {class: "plot", role: "img"});
      figure.append(this.svg);
      this.svg.addEventListener("pointermove", (event) => this.point(event));
      this.svg.addEventListener("pointerleave", () => {
        this.hover = null;
        this.draw();
      });
      new ResizeObserver(() => this.draw()).observe(this.svg);
    }

    add(time, values) {
      values.forEach((value, i) => {
        this.points[i].push([time, value]);
        while (this.points[i].length && this.points[i][0][0] < time - SPAN_S) this.points[i].shift();
      });
      this.now = time;
    }

    // As long as there are few points, they get more room.
    span() {
      const first = this.points[0][0]?.[0] ?? this.now;
      return Math.min(Math.max(this.now - first, LEAST_SPAN_S), SPAN_S);
    }

    point(event) {
      const box = this.svg.getBoundingClientRect();
      const share = (event.clientX - box.left - this.left) / (box.width - this.left - this.right);
      this.hover = this.now - this.span() * (1 - Math.min(Math.max(share, 0), 1));
      this.draw();
    }

    shown() {
      const points = this.points[0];
      if (!points.length) return -1;
      if (this.hover === null) return points.length - 1;
      let best = 0;
      points.forEach(([time], i) => {
        if (Math.abs(time - this.hover) < Math.abs(points[best][0] - this.hover)) best = i;
      });
      return best;
    }

    draw() {
      const width = this.svg.clientWidth;
      const height = this.svg.clientHeight;
      if (!width || !height || this.now === undefined) return;
      this.left = 58;
      this.right = 8;
      const top = 8;
      const bottom = height - 20;
      const values = this.points.flat().map(([, value]) => value).filter(Number.isFinite);
      const most = Math.max(0, ...values);
      const scale = this.log ? logarithmic(most) : linear(most, this.binary);
      const span = this.span();
      const x = (time) =>
        this.left + (1 - (this.now - time) / span) * (width - this.left - this.right);
      const y = (value) => bottom - scale.share(value) * (bottom - top);
      this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      this.svg.replaceChildren();
      for (const value of scale.grid) {
        element("line", {class: "grid", x1: this.left, x2: width - this.right, y1: y(value), y2: y(value)}, this.svg);
        const text = element("text", {x: this.left - 8, y: y(value) + 4, "text-anchor": "end"}, this.svg);
        text.textContent = value === 0 ? "0" : values.length ? short(this.format(value)) : "";
      }
      const step = span <= 75 ? 15 : span <= 150 ? 30 : 60;
      for (let age = 0; age <= span; age += step) {
        const anchor = age === 0 ? "end" : span - age < step / 2 ? "start" : "middle";
        const text = element("text", {x: x(this.now - age), y: height - 4, "text-anchor": anchor}, this.svg);
        text.textContent = age === 0 ? "now" : age % 60 ? `${age} s` : `${age / 60} min`;
      }
      this.points.forEach((points, i) => {
        const {kind} = this.series[i];
        const drawn = points.filter(([, value]) => Number.isFinite(value));
        if (!drawn.length) return;
        if (this.fill && i === 0) {
          const area = `${pathOf(drawn, x, y)}L${x(drawn.at(-1)[0])} ${bottom}L${x(drawn[0][0])} ${bottom}Z`;
          element("path", {class: `area ${kind}`, d: area}, this.svg);
        }
        element("path", {class: `line ${kind}`, d: pathOf(points, x, y)}, this.svg);
      });
      this.drawFigures(x, y, top, bottom);
    }

    // The values at the pointer, or the newest ones.
    drawFigures(x, y, top, bottom) {
      const at = this.shown();
      if (at < 0) return;
      const time = this.points[0][at][0];
      if (this.hover !== null) {
        element("line", {class: "rule", x1: x(time), x2: x(time), y1: top, y2: bottom}, this.svg);
      }
      const said = this.series.map(({label, kind}, i) => {
        const value = this.points[i][at]?.[1];
        const text = Number.isFinite(value) ? this.format(value) : "–";
        this.figures[i].textContent = text;
        if (Number.isFinite(value)) {
          element("circle", {class: `dot ${kind}`, cx: x(time), cy: y(value), r: 3.5}, this.svg);
        }
        return `${label} ${text}`;
      });
      this.svg.setAttribute("aria-label", `${this.title}, the last five minutes. Now: ${said.join(", ")}.`);
    }
  }

  // A line without axes that fills its box.
  function spark(svg, points, kind) {
    const width = 120;
    const height = 30;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    svg.replaceChildren();
    const drawn = points.filter(([, value]) => Number.isFinite(value));
    if (drawn.length < 2) return;
    const most = 1.2 * Math.max(...drawn.map(([, value]) => value)) || 1;
    const begin = drawn[0][0];
    const span = drawn.at(-1)[0] - begin || 1;
    const x = (time) => ((time - begin) / span) * width;
    const y = (value) => height - 2 - (value / most) * (height - 5);
    const path = pathOf(drawn, x, y);
    element("path", {class: `area ${kind}`, d: `${path}L${width} ${height}L0 ${height}Z`}, svg);
    element("path", {class: `line ${kind}`, d: path, "vector-effect": "non-scaling-stroke"}, svg);
  }

  // Lying bars: rows of {label, value, text}.
  function bars(figure, rows, title) {
    const width = figure.clientWidth || 360;
    const height = 270;
    let svg = figure.querySelector("svg");
    if (!svg) {
      svg = element("svg", {class: "bars", role: "img"});
      figure.append(svg);
    }
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("aria-label", `${title}: ${rows.map(({label, text}) => `${label} ${text}`).join(", ") || "nothing yet"}.`);
    svg.replaceChildren();
    const left = 78;
    const room = width - left - 58;
    const most = Math.max(...rows.map(({value}) => value), 1);
    const step = Math.min(height / Math.max(rows.length, 1), 27);
    rows.forEach(({label, value, text}, i) => {
      const middle = i * step + step / 2;
      const length = Math.max((value / most) * room, value > 0 ? 2 : 0);
      element("text", {x: left - 10, y: middle + 4, "text-anchor": "end"}, svg).textContent = label;
      element("rect", {x: left, y: middle - step * 0.32, width: length, height: step * 0.64, rx: 3}, svg);
      element("text", {class: "value", x: left + length + 7, y: middle + 4}, svg).textContent = text;
    });
  }

  return {Plot, spark, bars, SPAN_S};
})();
