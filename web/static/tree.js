"use strict";
// Draws a cascade whose places were computed on the server; drag moves, wheel zooms, pointing names the author.
(() => {
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const size = (branch, leaves) => leaves ? 3 + Math.min(9, Math.sqrt(leaves)) : 2 + Math.min(9, Math.log2(1 + branch));

  const start = (canvas) => {
    const tree = JSON.parse(document.getElementById(canvas.dataset.tree).textContent);
    const tip = document.getElementById(canvas.dataset.tree + "-tip");
    const sail = tree.shape === "sail";
    const view = { zoom: 1, dx: 0, dy: 0 };
    const paint = canvas.getContext("2d");

    const place = (i) => {
      const w = canvas.clientWidth, h = canvas.clientHeight, pad = 26;
      const half = Math.min(w, h) / 2 - pad;
      const x = sail ? pad + tree.x[i] * (w - 2 * pad) : w / 2 + tree.x[i] * half;
      const y = sail ? pad + tree.y[i] * (h - 2 * pad) : h / 2 + tree.y[i] * half;
      return [(x - w / 2) * view.zoom + w / 2 + view.dx, (y - h / 2) * view.zoom + h / 2 + view.dy];
    };
    const draw = () => {
      const ratio = devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight;
      canvas.width = w * ratio; canvas.height = h * ratio;
      paint.setTransform(ratio, 0, 0, ratio, 0, 0);
      const colours = { observed: css("--accent"), inferred: "#c58a1b", missing: css("--negative"), "": css("--ink") };
      const places = tree.ids.map((_, i) => place(i));
      paint.globalAlpha = 0.35; paint.lineWidth = 1;
      places.forEach(([x, y], i) => {
        const p = tree.parent[i];
        if (p < 0) return;
        paint.strokeStyle = colours[tree.edge[i]];
        paint.beginPath(); paint.moveTo(...places[p]); paint.lineTo(x, y); paint.stroke();
      });
      places.forEach(([x, y], i) => {
        paint.fillStyle = colours[tree.edge[i]];
        paint.globalAlpha = tree.leaves[i] ? 0.3 : 0.9;
        paint.beginPath(); paint.arc(x, y, size(tree.branch[i], tree.leaves[i]), 0, 7);
        if (!tree.gone[i]) { paint.fill(); return; }
        paint.strokeStyle = paint.fillStyle; paint.lineWidth = 1.5; paint.moveTo(x - 5, y + 5); paint.lineTo(x + 5, y - 5); paint.stroke();
      });
      paint.globalAlpha = 1; paint.fillStyle = css("--ink"); paint.font = "12px " + getComputedStyle(document.body).fontFamily;
      const big = tree.ids.map((_, i) => i).filter((i) => !tree.leaves[i] && tree.label[i]).sort((a, b) => tree.branch[b] - tree.branch[a]).slice(0, 9);
      const taken = [];
      big.forEach((i) => {
        const [x, y] = places[i], left = x + 8, width = paint.measureText(tree.label[i]).width;
        if (taken.some(([a, b, c]) => Math.abs(b - y) < 14 && left < a + c && a < left + width)) return;
        taken.push([left, y, width]); paint.fillText(tree.label[i], left, y + 4);
      });
    };
    const point = (event) => {
      const box = canvas.getBoundingClientRect(), mx = event.clientX - box.left, my = event.clientY - box.top;
      let best = -1, near = 144;
      tree.ids.forEach((_, i) => {
        const [x, y] = place(i), d = (x - mx) ** 2 + (y - my) ** 2;
        if (d < near) { near = d; best = i; }
      });
      if (best >= 0) tip.textContent = tree.leaves[best] ? "× " + tree.leaves[best] : (tree.label[best] || tree.ids[best]) + " · " + tree.branch[best] + (tree.gone[best] ? " · " + tree.gone[best] : "");
    };
    const zoom = (factor, mx, my) => {
      const w = canvas.clientWidth, h = canvas.clientHeight, next = Math.min(40, Math.max(0.5, view.zoom * factor));
      const real = next / view.zoom;
      view.dx = mx - w / 2 - (mx - w / 2 - view.dx) * real; view.dy = my - h / 2 - (my - h / 2 - view.dy) * real;
      view.zoom = next; draw();
    };
    let held = null;
    canvas.addEventListener("pointerdown", (e) => { held = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointerup", () => { held = null; });
    canvas.addEventListener("pointermove", (e) => {
      if (!held) { point(e); return; }
      view.dx += e.clientX - held[0]; view.dy += e.clientY - held[1]; held = [e.clientX, e.clientY]; draw();
    });
    canvas.addEventListener("wheel", (e) => { e.preventDefault(); zoom(e.deltaY < 0 ? 1.2 : 1 / 1.2, e.offsetX, e.offsetY); }, { passive: false });
    canvas.addEventListener("keydown", (e) => {
      const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[e.key];
      if (step) { view.dx += step[0]; view.dy += step[1]; draw(); e.preventDefault(); }
      if (e.key === "+" || e.key === "-") zoom(e.key === "+" ? 1.2 : 1 / 1.2, canvas.clientWidth / 2, canvas.clientHeight / 2);
    });
    addEventListener("resize", draw);
    draw();
  };
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-tree]").forEach(start));
})();
