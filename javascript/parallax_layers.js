// The editor of a scroll's layers on its picture: borders of bands are dragged, layers are listed in the
// order in which they are drawn. parallax_drag.js drags.
//
// What layers are is Python's alone to say: this script sends one wish after the other, and shows what comes
// back. It presses a hidden button, as parallax.js does, so that it works alike on every gradio and behind
// every login.

(function () {
    "use strict";

    const EVERY = 300; // milliseconds between two looks at what has come into view, or to another source
    const PATIENCE = 15000; // after which an answer is taken for lost: layers may have to be found
    const FAR = 10; // rows at once, with Shift
    const LABEL = 18; // pixels of a band's height, from which its label has room
    const [THINNEST, THICKEST] = [6, 26]; // pixels of what a border is taken hold of by
    // by loop: what was told last (`told`, see bands_panel.answer), and besides
    //   wishes    what is still to be sent; `question` was put last, and `asked` is when, else 0
    //   stale     what is shown may be another one by now
    //   find      layers that are no bands are to be found
    //   held      the border that is being dragged
    const editors = {};

    const one = (selector, within) => (within || document).querySelector(selector);
    const part = (editor, name) => one("[data-part=" + name + "]", editor.root);
    const within = (event, selector) => event.target.closest && event.target.closest(selector);
    const clamped = (value, low, high) => Math.min(Math.max(value, low), high);

    // The editor that an element stands in; the page may have been drawn anew since.
    function editorOf(element) {
        const root = element.closest(".parallax-bands");
        const loop = root.dataset.loop;
        const fresh = {loop: loop, told: null, wishes: [], number: 0, asked: 0, stale: true, find: false};
        const editor = (editors[loop] = editors[loop] || fresh);
        if (editor.root && editor.root !== root) Object.assign(editor, {told: null, stale: true, drawn: ""});
        return Object.assign(editor, {root: root});
    }

    // asking

    function wish(editor, what) {
        const last = editor.wishes[editor.wishes.length - 1];
        if (last && last.does === "borders" && what.does === "borders") editor.wishes.pop();
        editor.wishes.push(what);
        ask(editor);
    }

    function ask(editor) {
        if (Date.now() - editor.asked < PATIENCE) return; // what comes back asks on
        editor.number += 1;
        editor.question = {number: editor.number, find: editor.find, seen: editor.told ? editor.told.key : ""};
        if (editor.wishes.length) editor.question.wish = editor.wishes.shift();
        Object.assign(editor, {stale: false, asked: Date.now()});
        window.parallax.press("parallax_" + editor.loop + "_bands_ask");
    }

    function answered(loop, text) {
        const editor = editors[loop];
        const told = JSON.parse(text || "{}");
        if (!editor || told.number !== editor.number) return;
        editor.asked = 0;
        take(editor, told);
        if (editor.wishes.length) ask(editor);
    }

    function take(editor, told) {
        const message = part(editor, "told");
        message.textContent = told.error || (told.kind ? "" : editor.root.dataset.nothing);
        message.classList.toggle("parallax-error", Boolean(told.error));
        editor.root.classList.toggle("parallax-without", !told.kind && !(told.error && editor.told));
        editor.root.classList.toggle("parallax-broken", !told.kind);
        if (!told.kind) {
            if (!told.error) editor.told = null;
            return;
        }
        if (told.picture) part(editor, "picture").src = told.picture;
        if (told.error) editor.drawn = ""; // what was wished for is taken back
        if (editor.held || editor.wishes.some((each) => each.does === "borders")) {
            told.borders = editor.told && editor.told.borders.length === told.borders.length
                ? editor.told.borders : told.borders; // what is here is newer
        }
        editor.told = told;
        show(editor);
    }

    // showing

    function make(name, attributes, ...inside) {
        const made = document.createElement(name);
        Object.entries(attributes).forEach(([key, value]) => {
            if (key === "tint") made.style.setProperty("--parallax-tint", value);
            else made.setAttribute(key, value);
        });
        made.append(...inside);
        return made;
    }

    function show(editor) {
        const drawn = JSON.stringify({...editor.told, number: 0, key: "", picture: ""});
        if (drawn === editor.drawn) return;
        editor.drawn = drawn;
        const told = editor.told;
        const bands = told.kind === "bands";
        editor.root.classList.toggle("parallax-found", !bands);
        const here = document.activeElement;
        const focus = editor.root.contains(here) ? {...here.dataset} : null;
        const typed = focus && here.tagName === "INPUT" && here.value !== here.defaultValue ? here.value : null;
        part(editor, "marks").replaceChildren(...(bands ? marks(editor) : []));
        part(editor, "rows").replaceChildren(...told.order.map((layer, place) => row(editor, layer, place)));
        const soft = one("[data-does=soft]", editor.root);
        soft.value = soft.defaultValue = told.soft;
        place(editor);
        if (!focus) return;
        const same = Object.entries(focus).map(([key, value]) => "[data-" + key + "='" + value + "']").join("");
        const again = same && one(same, editor.root);
        if (!again) return;
        again.focus({preventScroll: true});
        if (typed !== null) again.value = typed;
    }

    function marks(editor) {
        const {layers, borders} = editor.told;
        const words = editor.root.dataset;
        const bands = layers.map((layer, number) => make(
            "div", {class: "parallax-band", tint: layer.colour},
            make("span", {}, make("b", {}, String(number)), " " + layer.speed),
        ));
        const lines = borders.map((_, number) => make("div", {
            class: "parallax-border", role: "slider", tabindex: 0, "data-border": number,
            "aria-orientation": "vertical", "aria-label": words.border + " " + (number + 1),
        }, make("i", {})));
        return [...bands, ...lines];
    }

    // Puts bands and borders where they are.
    function place(editor) {
        const {borders, height, softness} = editor.told;
        const share = (rows) => (100 * rows) / height + "%";
        const edges = [0, ...borders, height];
        const pixels = part(editor, "marks").getBoundingClientRect().height / height; // of a row
        const room = edges.slice(1).map((edge, number) => (edge - edges[number]) * pixels);
        editor.root.querySelectorAll(".parallax-band").forEach((band, number) => {
            band.style.top = share(edges[number]);
            band.style.height = share(edges[number + 1] - edges[number]);
            band.classList.toggle("parallax-low", room[number] < LABEL);
        });
        editor.root.querySelectorAll(".parallax-border").forEach((line, number) => {
            line.style.top = share(borders[number]);
            line.setAttribute("aria-valuemin", Math.ceil(edges[number]) + 1);
            line.setAttribute("aria-valuemax", Math.floor(edges[number + 2]) - 1);
            line.setAttribute("aria-valuenow", Math.round(borders[number]));
            line.setAttribute("aria-valuetext", editor.root.dataset.row + " " + Math.round(borders[number]));
            const high = clamped(Math.min(room[number], room[number + 1]), THINNEST, THICKEST);
            Object.assign(line.style, {height: high + "px", marginTop: -high / 2 + "px"});
            one("i", line).style.height = softness * pixels + "px";
        });
    }

    function row(editor, layer, at) {
        const {layers, order, kind} = editor.told;
        const words = editor.root.dataset;
        const about = layers[layer];
        const field = (does, label, value, usual) => make("input", {
            type: "text", spellcheck: "false", "data-does": does, "data-layer": layer, value: value,
            placeholder: usual, "aria-label": label + ", " + words.layer + " " + layer,
        });
        const button = (does, sign, label, off) => {
            const made = make("button", {
                type: "button", "data-does": does, "data-layer": layer, title: label,
                "aria-label": label + ", " + words.layer + " " + layer,
            }, sign);
            made.disabled = off;
            return made;
        };
        return make(
            "li", {},
            make("span", {class: "parallax-chip", title: about.speed, tint: about.colour}, String(layer)),
            field("distances", words.distance, about.distance, about.usual || words.automatic),
            field("gains", words.gain, about.gain, "1"),
            button("back", "\u2191", words.back, at === 0),
            button("front", "\u2193", words.front, at === order.length - 1),
            ...(kind === "bands" ? [button("drop", "\u00d7", words.drop, order.length < 2)] : []),
        );
    }

    // by hand

    // Moves a border, to stay between its neighbours.
    function move(editor, number, row) {
        const {borders, height} = editor.told;
        const edges = [0, ...borders, height];
        const there = clamped(Math.round(row), Math.ceil(edges[number] + 1), Math.floor(edges[number + 2] - 1));
        borders[number] = there;
        editor.drawn = "";
        place(editor);
    }

    const send = (editor) => wish(editor, {does: "borders", borders: editor.told.borders.slice()});
    const broken = (editor) => !editor.told || editor.root.classList.contains("parallax-broken");

    window.parallaxDrag(".parallax-border", {
        begin(line) {
            const editor = editorOf(line);
            if (broken(editor)) return null;
            line.focus({preventScroll: true});
            editor.held = true;
            const number = Number(line.dataset.border);
            return {within: part(editor, "marks"), editor: editor, number: number, from: editor.told.borders[number]};
        },

        move(held, place) {
            move(held.editor, held.number, place.down * held.editor.told.height);
        },

        end(held, moved) {
            held.editor.held = false;
            if (moved) send(held.editor);
            else if (held.editor.told.borders[held.number] !== held.from) move(held.editor, held.number, held.from);
        },
    });

    document.addEventListener("keydown", (event) => {
        const line = within(event, ".parallax-border");
        if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
        const editor = editorOf(line);
        const number = Number(line.dataset.border);
        const steps = {ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1, PageUp: -FAR, PageDown: FAR};
        const ends = {Home: 0, End: Infinity};
        const drops = event.key === "Delete" || event.key === "Backspace";
        if (broken(editor) || !(event.key in steps || event.key in ends || drops)) return;
        event.preventDefault();
        if (drops) {
            wish(editor, {does: "drop", layer: number + 1});
            return;
        }
        const by = steps[event.key] * (event.shiftKey ? FAR : 1);
        move(editor, number, event.key in ends ? ends[event.key] : editor.told.borders[number] + by);
        send(editor);
    });

    document.addEventListener("dblclick", (event) => {
        const picture = within(event, ".parallax-layered");
        if (!picture || within(event, ".parallax-border")) return;
        const editor = editorOf(picture);
        if (broken(editor) || editor.told.kind !== "bands") return;
        const place = window.parallaxDrag.placeIn(part(editor, "marks"), event);
        wish(editor, {does: "add", at: place.down * editor.told.height});
    });

    // The middle of the highest band.
    function roomiest(told) {
        const edges = [0, ...told.borders, told.height];
        const heights = told.layers.map((_, number) => edges[number + 1] - edges[number]);
        const number = heights.indexOf(Math.max(...heights));
        return edges[number] + heights[number] / 2;
    }

    document.addEventListener("click", (event) => {
        const button = within(event, ".parallax-bands button[data-does]");
        if (!button) return;
        const editor = editorOf(button);
        const does = button.dataset.does;
        const layer = Number(button.dataset.layer);
        if (broken(editor)) return;
        if (does === "back") wish(editor, {does: "shift", layer: layer, by: -1});
        if (does === "front") wish(editor, {does: "shift", layer: layer, by: 1});
        if (does === "drop") wish(editor, {does: "drop", layer: layer});
        if (does === "add") wish(editor, {does: "add", at: roomiest(editor.told)});
        if (does === "find") {
            Object.assign(editor, {find: true, stale: true}); // stale, for where an answer is still awaited
            ask(editor);
        }
    });

    document.addEventListener("change", (event) => {
        const field = within(event, ".parallax-bands input[data-does]");
        if (!field) return;
        const editor = editorOf(field);
        if (broken(editor)) return;
        const does = field.dataset.does;
        if (does === "soft") wish(editor, {does: "soft", value: field.valueAsNumber});
        else wish(editor, {does: does, layer: Number(field.dataset.layer), text: field.value});
    });

    // What tells that another source was chosen.
    function sourceOf(editor) {
        const named = "#parallax_" + editor.loop;
        const mode = one(named + "_mode :is(input, textarea)");
        const picture = one(named + "_card img");
        const text = one(named + "_card");
        return [
            mode && mode.value, text && text.textContent, picture && picture.src.length,
            picture && picture.src.slice(-200),
        ].join(" ");
    }

    window.parallaxLayers = {
        question: (loop) => JSON.stringify((editors[loop] && editors[loop].question) || {}),

        answered: answered,

        // A field has changed, by hand or by a preset.
        changed: (loop) => {
            if (editors[loop]) editors[loop].stale = true;
        },
    };

    setInterval(() => {
        document.querySelectorAll(".parallax-bands").forEach((root) => {
            if (!root.offsetParent) return;
            const editor = editorOf(root);
            const source = sourceOf(editor);
            if (source !== editor.source) Object.assign(editor, {source: source, stale: true, find: false});
            const height = part(editor, "marks").getBoundingClientRect().height;
            if (editor.told && height !== editor.height) {
                editor.height = height;
                place(editor);
            }
            if (editor.stale && !editor.held && !editor.wishes.length) ask(editor);
        });
    }, EVERY);
})();
