// Dragging, for whatever is drawn over a picture or a curve: by mouse, pen or finger, also where what
// was taken hold of is drawn anew meanwhile.
//
//     parallaxDrag(".handle", {
//         begin(handle, event) { return {within: handle.closest("svg")}; },  // or nothing: no drag
//         move(held, place) {},  // place: {x, y} in pixels of `within`, {across, down} as shares of it
//         end(held, moved) {},  // moved: false for a click, and when the drag was called off
//     });

(function () {
    "use strict";

    const SLACK = 3; // pixels that a click may wander

    function placeIn(element, event) {
        const box = element.getBoundingClientRect();
        const x = event.clientX - box.left;
        const y = event.clientY - box.top;
        return {x: x, y: y, across: x / (box.width || 1), down: y / (box.height || 1)};
    }

    function parallaxDrag(selector, handlers) {
        document.addEventListener("pointerdown", (down) => {
            const handle = down.button === 0 && down.target.closest && down.target.closest(selector);
            const held = handle && handlers.begin(handle, down);
            if (!held) return;
            down.preventDefault();
            let moved = false;

            function follow(event) {
                if (event.pointerId !== down.pointerId) return;
                const far = Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY);
                moved = moved || far > SLACK;
                if (moved) handlers.move(held, placeIn(held.within, event));
            }

            function finish(kept) {
                window.removeEventListener("pointermove", follow);
                window.removeEventListener("pointerup", release);
                window.removeEventListener("pointercancel", abandon);
                window.removeEventListener("keydown", escape, true);
                handlers.end(held, kept && moved);
            }

            const release = (event) => event.pointerId === down.pointerId && finish(true);
            const abandon = (event) => event.pointerId === down.pointerId && finish(false);
            const escape = (event) => event.key === "Escape" && finish(false);

            window.addEventListener("pointermove", follow);
            window.addEventListener("pointerup", release);
            window.addEventListener("pointercancel", abandon);
            window.addEventListener("keydown", escape, true);
        });
    }

    parallaxDrag.placeIn = placeIn;
    window.parallaxDrag = parallaxDrag;
})();
