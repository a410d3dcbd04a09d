// The tab's own script: asks how a job stands while it runs, fetches its result when it has ended,
// and finds it again after the page was loaded anew. A webui loads this file by itself, the page
// alone loads the same one.
//
// Python answers with HTML whose data attributes say what there is to do; this script presses
// hidden buttons, which works alike on every gradio. Each browser tab remembers its own jobs.

(function () {
    "use strict";

    const EVERY = 500; // milliseconds between two questions
    const PATIENCE = 5000; // after which an answer is taken for lost
    const EAGER = 1000; // the same for the first look: a button does nothing until gradio has come to it
    const JOBS_EVERY = 2000; // for the table of jobs, while it is looked at
    const CHOICE_EVERY = 5000; // for a job that waits until a picture is clicked
    const PLAYER_EVERY = 1000; // for a result whose player is being made
    const ACTIVE = ["queued", "running"];
    const asked = {}; // by loop: which answer was on the page when the question was put, and when
    const collected = {}; // by loop: the job, and how it ended, whose result is shown or on its way
    const fetched = {}; // by loop: when its result was asked for last
    let jobsAsked = 0;
    let answered = ""; // what was clicked last: a picture that a job asks about, or a key

    const one = (selector, within) => (within || document).querySelector(selector);
    const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
    const loops = () => all(".parallax-loop").map((part) => part.id.replace("parallax_", ""));
    const key = (loop) => "parallax-job-" + loop;

    function press(id) {
        const found = document.getElementById(id);
        // some gradio versions put the id on the button itself, others around it
        const button = found && (found.matches("button") ? found : one("button", found));
        if (button) button.click();
    }

    function remember(loop, job) {
        try {
            sessionStorage.setItem(key(loop), job);
        } catch (error) {
            // a browser that keeps nothing: the job is found by the server while it runs
        }
    }

    function remembered(loop) {
        try {
            return sessionStorage.getItem(key(loop)) || "";
        } catch (error) {
            return "";
        }
    }

    function stateOf(loop) {
        const bar = one("#parallax_" + loop + "_progress .parallax-progress");
        return bar ? bar.dataset : null;
    }

    // Asks how the job stands, unless a question is on its way.
    function ask(loop, answer, patience, button) {
        const last = asked[loop];
        const now = Date.now();
        if (last && last.answer === answer && now - last.at < patience) return;
        asked[loop] = {answer: answer, at: now};
        press("parallax_" + loop + "_" + button);
    }

    function enable(id, on) {
        const found = document.getElementById(id);
        const button = found && (found.matches("button") ? found : one("button", found));
        if (button && button.disabled === on) button.disabled = !on;
    }

    function follow(loop) {
        const state = stateOf(loop);
        if (!state) return;
        const active = ACTIVE.includes(state.state);
        enable("parallax_" + loop + "_interrupt", active);
        enable("parallax_" + loop + "_skip", active && state.batch === "true");
        if (state.state === "unasked") {
            ask(loop, state.answer, EAGER, "arrive"); // is there a job from before?
            return;
        }
        if (state.job) remember(loop, state.job);
        if (active) {
            collected[loop] = "";
            // a page that is drawn anew all the time is hard to click
            if (state.asks === "true" && Date.now() - (asked[loop] || {at: 0}).at < CHOICE_EVERY) return;
            ask(loop, state.answer, PATIENCE, "poll");
        } else if (collected[loop] !== state.job + state.state) {
            collected[loop] = state.job + state.state;
            if (state.state === "done" || state.batch === "true") press("parallax_" + loop + "_collect");
        }
        const result = one("#parallax_" + loop + "_result .parallax-result");
        if (result && result.dataset.pending === "true" && result.dataset.job === state.job) {
            if (Date.now() - (fetched[loop] || 0) < PLAYER_EVERY) return;
            fetched[loop] = Date.now();
            press("parallax_" + loop + "_collect");
        }
    }

    function followJobs() {
        const table = one("#parallax_jobs_table .parallax-jobs");
        if (!table || !table.offsetParent) return;
        const row = chosen() ? chosen().closest("tr").dataset : {state: ""};
        enable("parallax_jobs_open", row.state !== "");
        enable("parallax_jobs_again", row.state !== "");
        enable("parallax_jobs_resume", ["failed", "cancelled", "interrupted"].includes(row.state));
        enable("parallax_jobs_cancel", ACTIVE.includes(row.state));
        enable("parallax_jobs_delete", row.state !== "");
        if (table.dataset.active !== "true") return;
        if (Date.now() - jobsAsked < JOBS_EVERY) return;
        jobsAsked = Date.now();
        press("parallax_jobs_refresh");
    }

    // A label that several loops have ends in the loop's name, for the webui's list of defaults; the
    // sub-tab says that already.
    function shortenLabels() {
        const ending = new RegExp(" \\((" + loops().join("|") + ")\\)$");
        all("label, label > span, [data-testid='block-info'], [data-testid='block-label']").forEach((part) => {
            if (!part.closest(".parallax-loop")) return;
            part.childNodes.forEach((node) => {
                if (node.nodeType !== Node.TEXT_NODE || !ending.test(node.data.trim())) return;
                const text = node.data.trim().replace(ending, "");
                node.data = (window.localization || {})[text] || text; // as the webui translates
            });
        });
    }

    // Marks the field that a refusal is about.
    function markRefused() {
        all(".parallax-loop").forEach((part) => {
            const loop = part.id.replace("parallax_", "");
            const told = one("#parallax_" + loop + "_notice [data-field]");
            const name = told ? told.dataset.field : "";
            all(".parallax-refused", part).forEach((field) => {
                if (field.id !== "parallax_" + loop + "_" + name) field.classList.remove("parallax-refused");
            });
            const field = name && document.getElementById("parallax_" + loop + "_" + name);
            if (field && !field.classList.contains("parallax-refused")) field.classList.add("parallax-refused");
        });
    }

    function chosen() {
        return one("#parallax_jobs_table input[type=radio]:checked");
    }

    window.parallax = {
        job: remembered,

        chosen: () => (chosen() ? chosen().value : ""),

        choice: () => answered,

        // Shows the chosen job as if this page had begun it.
        open: () => {
            const radio = chosen();
            if (!radio) return [""];
            const loop = radio.closest("tr").dataset.loop;
            remember(loop, radio.value);
            collected[loop] = "";
            setTimeout(() => press("parallax_" + loop + "_poll"), 100);
            return [radio.value];
        },

        press: press,

        download: (told) => {
            setTimeout(() => {
                const link = one("#" + told + " a.parallax-download");
                if (link) link.click();
            }, 200);
            return [];
        },
    };

    document.addEventListener("input", (event) => {
        if (event.target.matches(".parallax-compare input")) {
            event.target.parentElement.style.setProperty("--parallax-split", event.target.value + "%");
        }
    });

    document.addEventListener("change", (event) => {
        if (event.target.matches("#parallax_jobs_table input[type=radio]")) press("parallax_jobs_look");
    });

    document.addEventListener("click", (event) => {
        const picture = event.target.closest && event.target.closest(".parallax-choice [data-choice]");
        if (picture) {
            answered = picture.dataset.choice;
            press("parallax_" + picture.closest(".parallax-loop").id.replace("parallax_", "") + "_choose");
        }
        const key = event.target.closest && event.target.closest(".parallax-keys [data-key]");
        if (key) {
            answered = key.dataset.key;
            press(key.closest(".parallax-loop").id + "_keys_drop");
        }
        const row = event.target.closest && event.target.closest("#parallax_jobs_table tbody tr");
        if (row && event.target.tagName !== "INPUT") one("input[type=radio]", row).click();
    });

    setInterval(() => {
        loops().forEach(follow);
        followJobs();
        shortenLabels();
        markRefused();
    }, EVERY);
})();
