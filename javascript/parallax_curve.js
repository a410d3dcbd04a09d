// Draws a curve over frames with its keys into an <svg>, and says where in it a frame and a value lie.
//
// What is drawn: {frames, values} along the curve, null where there is no value; `keys` as
// {frame, value, at}, `at` being the value there as a number; `last`, the frame at the right edge;
// `range`, the values at the lower and the upper edge; `chosen`, the frame of a key.

(function () {
    "use strict";

    const SVG = "http://www.w3.org/2000/svg";
    const MARGIN = {left: 50, right: 14, top: 12, bottom: 22}; // pixels around the curve
    const AIR = 0.12; // of the range of values, above and below
    const ROW = 45; // pixels from line to line
    const COLUMN = 80;

    const clamped = (value, low, high) => Math.min(Math.max(value, low), high);

    // 1, 2 or 5 times a power of ten, no less than a length
    function round(length) {
        const power = 10 ** Math.floor(Math.log10(length));
        return power * [1, 2, 5, 10].find((times) => times * power >= length * 0.999);
    }

    // The least and the greatest value of the curve and its keys, with some air around them.
    function rangeOf(curve) {
        const all = [...curve.values, ...curve.keys.map((key) => key.at)];
        const numbers = all.filter((value) => typeof value === "number");
        if (!numbers.length) return [0, 1];
        const low = numbers.reduce((a, b) => Math.min(a, b));
        const high = numbers.reduce((a, b) => Math.max(a, b));
        const same = high - low < 1e-9 * Math.max(1, Math.abs(high));
        const air = same ? Math.max(Math.abs(high) / 2, 0.5) : AIR * (high - low);
        return [low - air, high + air];
    }

    function scales(svg, curve) {
        const box = svg.getBoundingClientRect();
        const wide = Math.max(box.width - MARGIN.left - MARGIN.right, 1);
        const tall = Math.max(box.height - MARGIN.top - MARGIN.bottom, 1);
        const [low, high] = curve.range;
        return {
            width: box.width,
            height: box.height,
            x: (frame) => MARGIN.left + (frame / curve.last) * wide,
            y: (value) => MARGIN.top + ((high - value) / (high - low)) * tall,
            frame: (x) => clamped(((x - MARGIN.left) / wide) * curve.last, 0, curve.last),
            value: (y) => high - ((y - MARGIN.top) / tall) * (high - low),
        };
    }

    function make(name, attributes, text) {
        const made = document.createElementNS(SVG, name);
        Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
        if (text !== undefined) made.textContent = text;
        return made;
    }

    function ticks(low, high, count) {
        const step = round((high - low) / count);
        const found = [];
        for (let k = Math.ceil(low / step); k * step <= high; k += 1) {
            found.push(Number((k * step).toPrecision(6)));
        }
        return found;
    }

    function grid(curve, at) {
        const [right, bottom] = [at.width - MARGIN.right, at.height - MARGIN.bottom];
        const rows = ticks(...curve.range, at.height / ROW).flatMap((value) => {
            const y = at.y(value);
            return [
                make("line", {x1: MARGIN.left, x2: right, y1: y, y2: y}),
                make("text", {x: MARGIN.left - 10, y: y + 4, "text-anchor": "end"}, value),
            ];
        });
        const columns = ticks(0, curve.last, at.width / COLUMN).filter(Number.isInteger).flatMap((frame) => {
            const x = at.x(frame);
            return [
                make("line", {x1: x, x2: x, y1: MARGIN.top, y2: bottom}),
                make("text", {x: x, y: at.height - 6, "text-anchor": "middle"}, frame),
            ];
        });
        return [...rows, ...columns];
    }

    function line(curve, at) {
        let pen = "M";
        const steps = curve.values.map((value, index) => {
            if (typeof value !== "number") {
                pen = "M";
                return "";
            }
            const step = pen + at.x(curve.frames[index]).toFixed(1) + " " + at.y(value).toFixed(1);
            pen = "L";
            return step;
        });
        return make("path", {d: steps.join("")});
    }

    // A key, and around it what a finger can take hold of.
    function handle(curve, key, at) {
        const place = {cx: at.x(key.frame), cy: at.y(key.at)};
        const chosen = key.frame === curve.chosen ? " parallax-chosen" : "";
        const computed = typeof key.value === "string" ? " parallax-computed" : "";
        return [
            make("circle", {...place, r: 6, class: "parallax-key" + chosen + computed}),
            make("circle", {...place, r: 14, class: "parallax-grip", "data-frame": key.frame}),
        ];
    }

    function draw(svg, curve) {
        const at = scales(svg, curve);
        const there = curve.keys.filter((key) => key.frame <= curve.last && typeof key.at === "number");
        svg.setAttribute("viewBox", "0 0 " + at.width + " " + at.height);
        svg.replaceChildren(
            ...grid(curve, at),
            line(curve, at),
            ...there.flatMap((key) => handle(curve, key, at)),
        );
    }

    window.parallaxCurve = {draw: draw, scales: scales, rangeOf: rangeOf, round: round};
})();
