// The editor of keyframes: the keys of a schedule are added, moved and taken away by mouse, finger and
// keyboard. parallax_curve.js draws them, parallax_drag.js drags them.
//
// The grammar of schedules is Python's alone: this script holds keys, sends what became of them, and
// shows what comes back. It presses a hidden button, as parallax.js does, so that it works alike on
// every gradio and behind every login.

(function () {
    "use strict";

    const EVERY = 300; // milliseconds between two looks at what has come into view, or to another width
    const PATIENCE = 5000; // after which an answer is taken for lost
    const FAR = 10; // times as far with Shift
    const BLANK = {keys: [], kept: [], frames: [], values: [], told: null, last: 1, broken: true};
    // by loop: what is drawn (see parallax_curve.js), and besides
    //   kept, told     the keys as they came last, and what then was told of them, as JSON
    //   broken         the field holds no schedule: nothing can be changed here
    //   stale          the field may hold another one by now
    //   asked          when the question was put whose answer is awaited, else 0
    //   question, next the one that was put last, and the one that waits for its answer
    const editors = {};

    const one = (selector, within) => (within || document).querySelector(selector);
    const part = (editor, name) => one("[data-part=" + name + "]", editor.root);
    const option = (editor) => part(editor, "option").selectedOptions[0];
    const chosen = (editor) => editor.keys.find((key) => key.frame === editor.chosen);
    const droppable = (editor) => editor.keys.length > Number(option(editor).dataset.fewest);
    const scales = (editor) => window.parallaxCurve.scales(editor.svg, editor);
    const replaced = (editor, old, key) => editor.keys.map((each) => (each === old ? key : each));

    // The editor that an element stands in; the page may have been drawn anew since.
    function editorOf(element) {
        const root = element.closest(".parallax-timeline");
        const loop = root.dataset.loop;
        const fresh = {loop: loop, chosen: null, range: [0, 1], number: 0, asked: 0, stale: true, ...BLANK};
        const editor = (editors[loop] = editors[loop] || fresh);
        return Object.assign(editor, {root: root, svg: one("svg", root)});
    }

    // asking

    // Has the field read; or told what `keys` come to, and with `write`, has them written into the field.
    function ask(editor, keys, write) {
        const question = {option: option(editor).value};
        if (keys) Object.assign(question, {keys: keys.map(plain), write: Boolean(write)});
        const waiting = Date.now() - editor.asked < PATIENCE;
        if (waiting && editor.next && editor.next.write && !question.write) return; // no change is lost
        editor.next = question;
        if (!waiting) send(editor);
    }

    function send(editor) {
        editor.number += 1;
        editor.question = {number: editor.number, ...editor.next};
        Object.assign(editor, {next: null, stale: false, asked: Date.now()});
        window.parallax.press("parallax_" + editor.loop + "_timeline_ask");
    }

    // A key as it is sent: without what is only drawn.
    function plain(key) {
        return {frame: key.frame, value: key.value, way: key.way, place: key.place || ""};
    }

    function answered(loop, text) {
        const editor = editors[loop];
        const told = JSON.parse(text || "{}");
        if (!editor || told.number !== editor.number) return;
        editor.asked = 0;
        if (told.option === option(editor).value) take(editor, told);
        if (editor.next) send(editor);
    }

    function take(editor, told) {
        const message = part(editor, "told");
        message.textContent = told.error || told.told || "";
        message.classList.toggle("parallax-error", Boolean(told.error));
        message.classList.toggle("parallax-warning", Boolean(!told.error && told.told));
        const ours = editor.dragged || editor.next; // what is here is newer
        if (told.error && editor.question.keys) {
            if (!ours) editor.keys = editor.kept; // what was typed stays in its row
        } else if (told.error) {
            editor.broken = true;
            editor.told = null;
            fill(editor);
        } else {
            const {frames, values, last} = told;
            Object.assign(editor, {frames: frames, values: values, last: last});
            const keys = told.keys.map((key, index) => ({...key, at: told.at[index]}));
            const known = JSON.stringify(keys);
            // a row that is being typed into is not filled anew for nothing
            if (!ours && known !== editor.told) {
                Object.assign(editor, {keys: keys, kept: keys, told: known, broken: false});
                if (!chosen(editor)) editor.chosen = keys.length ? keys[0].frame : null;
                fill(editor);
            }
        }
        draw(editor);
    }

    // changing

    // Puts these keys in the place of those that are there, and has them written.
    function change(editor, keys, frame) {
        editor.keys = keys.slice().sort((a, b) => a.frame - b.frame);
        editor.told = null;
        ask(editor, editor.keys, true);
        choose(editor, frame);
    }

    function choose(editor, frame) {
        editor.chosen = frame;
        fill(editor);
        draw(editor);
    }

    // A key at another frame, where that is free, and with another value, where it is a number.
    function moved(editor, key, frame, value) {
        const taken = editor.keys.some((other) => other !== key && other.frame === frame);
        const there = taken || frame < 0 ? key.frame : frame;
        const result = {...key, frame: there, place: there === key.frame ? key.place : ""};
        if (typeof key.value === "number") result.value = result.at = value;
        return result;
    }

    function add(editor, frame, value) {
        if (editor.broken) return;
        const free = Math.round(frame);
        if (editor.keys.some((key) => key.frame === free)) {
            choose(editor, free);
            return;
        }
        const number = rounded(editor, value);
        change(editor, [...editor.keys, {frame: free, value: number, at: number, way: "linear"}], free);
    }

    // A key between the chosen one and the next, on the curve; behind the last, between it and the end.
    function addNext(editor) {
        const index = editor.keys.indexOf(chosen(editor));
        const from = index < 0 ? 0 : editor.keys[index].frame;
        const to = index + 1 < editor.keys.length ? editor.keys[index + 1].frame : editor.last;
        const frame = index < 0 ? 0 : Math.round(to - from > 1 ? (from + to) / 2 : to);
        const value = editor.values[editor.frames.findIndex((each) => each >= frame)];
        const middle = (editor.range[0] + editor.range[1]) / 2;
        add(editor, frame, typeof value === "number" ? value : middle);
    }

    function drop(editor, frame) {
        const index = editor.keys.findIndex((key) => key.frame === frame);
        if (editor.broken || index < 0 || !droppable(editor)) return;
        const left = editor.keys.filter((key) => key.frame !== frame);
        change(editor, left, left.length ? left[Math.max(index - 1, 0)].frame : null);
    }

    // Takes over what was typed into the row of the chosen key.
    function typed(editor) {
        const key = chosen(editor);
        if (!key) return;
        const text = part(editor, "value").value.trim();
        const number = text === "" ? NaN : Number(text);
        const value = Number.isFinite(number) ? number : text;
        const frame = part(editor, "frame").valueAsNumber;
        const still = !Number.isFinite(frame) || frame === key.frame;
        const next = {...moved(editor, key, still ? key.frame : Math.round(frame), value), value: value};
        const way = part(editor, "way").value;
        // a number has to get to the next key somehow; what is newly an expression is computed throughout
        const turned = typeof key.value !== typeof value && way === key.way;
        next.way = typeof value === "number" ? way || "linear" : turned ? "" : way;
        change(editor, replaced(editor, key, next), next.frame);
    }

    // As many decimals as can be seen.
    function rounded(editor, value) {
        const digits = 2 - Math.floor(Math.log10(editor.range[1] - editor.range[0]));
        return Number(value.toFixed(Math.min(Math.max(digits, 0), 12)));
    }

    // showing

    function draw(editor) {
        editor.width = editor.svg.getBoundingClientRect().width;
        if (!editor.width) return;
        if (!editor.dragged) editor.range = window.parallaxCurve.rangeOf(editor);
        editor.svg.classList.toggle("parallax-broken", editor.broken);
        editor.svg.setAttribute("aria-label", option(editor).textContent);
        window.parallaxCurve.draw(editor.svg, editor);
    }

    // The row of the chosen key, and what is said of it to those who do not see the curve.
    function fill(editor) {
        const key = chosen(editor);
        const label = editor.root.dataset[option(editor).dataset.over];
        one("span", part(editor, "frame").parentElement).textContent = label;
        ["frame", "value", "way"].forEach((name) => {
            part(editor, name).disabled = !key || editor.broken;
            part(editor, name).value = key ? key[name] : "";
        });
        one("[data-does=add]", editor.root).disabled = editor.broken;
        one("[data-does=drop]", editor.root).disabled = editor.broken || !key || !droppable(editor);
        part(editor, "said").textContent = key ? [label, key.frame + ":", key.value, key.way].join(" ") : "";
    }

    // by hand

    window.parallaxDrag(".parallax-curve .parallax-grip", {
        begin(grip) {
            const editor = editorOf(grip);
            if (editor.broken) return null;
            editor.svg.focus({preventScroll: true});
            const frame = Number(grip.dataset.frame);
            choose(editor, frame);
            editor.dragged = true;
            const [key, before] = [chosen(editor), editor.keys];
            return {within: editor.svg, editor: editor, key: key, frame: frame, before: before};
        },

        move(held, place) {
            const editor = held.editor;
            const at = scales(editor);
            const frame = at.frame(place.x);
            // a key between two frames stays there as long as it is not moved by half a frame
            const still = Math.abs(frame - held.key.frame) <= 0.5;
            const value = rounded(editor, at.value(place.y));
            const next = moved(editor, held.key, still ? held.key.frame : Math.round(frame), value);
            editor.keys = replaced(editor, held.key, next);
            held.key = next;
            ask(editor, editor.keys.slice().sort((a, b) => a.frame - b.frame), false);
            choose(editor, next.frame);
        },

        end(held, kept) {
            const editor = held.editor;
            editor.dragged = false;
            if (kept) {
                change(editor, editor.keys, editor.chosen);
            } else if (editor.keys !== held.before) {
                Object.assign(editor, {keys: held.before, told: null});
                ask(editor);
                choose(editor, held.frame);
            }
        },
    });

    function keyed(editor, event) {
        const key = chosen(editor);
        const index = editor.keys.indexOf(key);
        const frames = event.shiftKey ? FAR : 1;
        const values = frames * window.parallaxCurve.round((editor.range[1] - editor.range[0]) / 100);
        const last = editor.keys.length - 1;
        const go = (to) => choose(editor, editor.keys[Math.min(Math.max(to, 0), last)].frame);
        const shift = (frame, up) => {
            const next = moved(editor, key, frame, up ? rounded(editor, key.at + up) : key.value);
            change(editor, replaced(editor, key, next), next.frame);
        };
        const acts = {
            PageUp: () => go(index - 1),
            PageDown: () => go(index + 1),
            Home: () => go(0),
            End: () => go(last),
            ArrowLeft: () => shift(Math.round(key.frame) - frames, 0),
            ArrowRight: () => shift(Math.round(key.frame) + frames, 0),
            ArrowUp: () => shift(key.frame, values),
            ArrowDown: () => shift(key.frame, -values),
            Insert: () => addNext(editor),
            "+": () => addNext(editor),
            Delete: () => drop(editor, editor.chosen),
            Backspace: () => drop(editor, editor.chosen),
        };
        const adds = event.key === "Insert" || event.key === "+";
        if (!acts[event.key] || !(key || adds) || editor.broken) return;
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        acts[event.key]();
    }

    const within = (event, selector) => event.target.closest && event.target.closest(selector);

    document.addEventListener("keydown", (event) => {
        const svg = within(event, ".parallax-curve");
        if (svg) keyed(editorOf(svg), event);
    });

    document.addEventListener("dblclick", (event) => {
        const svg = within(event, ".parallax-curve");
        if (!svg || within(event, ".parallax-grip")) return;
        const editor = editorOf(svg);
        const place = window.parallaxDrag.placeIn(svg, event);
        const at = scales(editor);
        add(editor, at.frame(place.x), at.value(place.y));
    });

    document.addEventListener("contextmenu", (event) => {
        const grip = within(event, ".parallax-grip");
        if (!grip) return;
        event.preventDefault();
        // a finger that rests on a key is about to drag it
        if (event.pointerType !== "touch") drop(editorOf(grip), Number(grip.dataset.frame));
    });

    document.addEventListener("click", (event) => {
        const button = within(event, ".parallax-timeline [data-does]");
        if (!button) return;
        const editor = editorOf(button);
        if (button.dataset.does === "add") addNext(editor);
        else drop(editor, editor.chosen);
    });

    document.addEventListener("change", (event) => {
        const control = within(event, ".parallax-timeline [data-part]");
        if (!control) return;
        const editor = editorOf(control);
        if (control.dataset.part === "option") {
            Object.assign(editor, {next: null}, BLANK);
            choose(editor, null);
            ask(editor);
        } else {
            typed(editor);
        }
    });

    window.parallaxTimeline = {
        question: (loop) => JSON.stringify((editors[loop] && editors[loop].question) || {}),

        answered: answered,

        // A field has changed, by hand or by a preset.
        changed: (loop) => {
            if (editors[loop]) editors[loop].stale = true;
        },
    };

    setInterval(() => {
        document.querySelectorAll(".parallax-timeline").forEach((root) => {
            if (!root.offsetParent) return;
            const editor = editorOf(root);
            if (editor.stale && !editor.dragged && !editor.next) ask(editor);
            const width = editor.svg.getBoundingClientRect().width;
            if (Math.abs(width - (editor.width || 0)) > 0.5) draw(editor);
        });
    }, EVERY);
})();
