// A visit in a shop: each part goes up as soon as it is filled. What cannot be sent is kept on this phone, in the order in
// which it was filled, and goes up once there is a line again. Everything works without it, by the buttons.
(() => {
  "use strict";
  const page = document.getElementById("visit");
  const saving = document.getElementById("saving");
  const here = location.pathname;
  page.classList.add("scripted");
  const say = (place, text, bad) => {
    if (!place) return;
    place.textContent = text || "";
    place.classList.toggle("bad", Boolean(bad));
  };

  // The store: rows of what is to be sent. `of`: the visit and who is logged in; another person's is left alone.
  const of = `${page.dataset.user} ${here}`;
  const opened = new Promise((done, fail) => {
    const asked = indexedDB.open("visits", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("parts", { autoIncrement: true });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  const within = async (mode, act) => {
    const database = await opened;
    return new Promise((done, fail) => {
      const deal = database.transaction("parts", mode);
      const asked = act(deal.objectStore("parts"));
      deal.oncomplete = () => done(asked.result);
      deal.onerror = () => fail(deal.error);
      deal.onabort = () => fail(deal.error);
    });
  };
  const keep = (row) => within("readwrite", (store) => store.add(row));
  const drop = (key) => within("readwrite", (store) => store.delete(key));
  const waiting = async () => {
    const [keys, rows] = await Promise.all([
      within("readonly", (store) => store.getAllKeys()),
      within("readonly", (store) => store.getAll()),
    ]);
    return rows.map((row, at) => ({ ...row, key: keys[at] })).filter((row) => row.of === of);
  };

  const send = async (row) => {
    const body = new FormData();
    for (const [name, value, file] of row.entries) {
      if (file) body.append(name, value, file);
      else body.append(name, value);
    }
    body.set("csrfmiddlewaretoken", page.querySelector("[name=csrfmiddlewaretoken]").value);
    return fetch(here, { method: "POST", body, headers: { "X-Part": "1" }, redirect: "manual" });
  };

  let busy = null;
  const flush = () => {
    busy = (busy || Promise.resolve()).then(sendAll, sendAll);
    return busy;
  };
  const sendAll = async () => {
    for (const row of await waiting()) {
      say(saving, page.dataset.saving);
      let answer;
      try {
        answer = await send(row);
      } catch {
        say(saving, page.dataset.offline, true);
        return;
      }
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        say(saving, page.dataset.login, true);
        return;
      }
      if (answer.status >= 500 || answer.status === 429) {
        say(saving, page.dataset.offline, true);
        return;
      }
      if (answer.status !== 200 && answer.status !== 422) {
        await drop(row.key); // too large, or cut off: sent again it would be refused again
        say(saving, page.dataset.unkept, true);
        continue;
      }
      const told = await answer.json();
      await drop(row.key);
      say(saving, told.said, answer.status !== 200);
      const form = page.querySelectorAll("[data-part]")[row.form];
      say(form && form.querySelector(".said"), told.said, answer.status !== 200);
      if (told.fresh && !row.shown) page.querySelectorAll("[name=signer], [name=refusal]").forEach((field) => say(field.form.querySelector(".said"), "")); // void
      const missing = document.getElementById("missing");
      missing.replaceChildren(...told.missing.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
      if (answer.status === 200 && (row.shown || told.fresh)) await refresh();
    }
  };

  // What is shown of what was sent, without a page that is loaded again under somebody's fingers.
  const refresh = async () => {
    const text = await fetch(here).then((answer) => answer.text(), () => "");
    const fresh = new DOMParser().parseFromString(text, "text/html");
    page.querySelectorAll("[data-fresh]").forEach((old) => {
      const made = fresh.getElementById(old.id);
      if (made) old.replaceWith(document.importNode(made, true));
    });
  };

  const drawn = new WeakSet();
  const take = async (form) => {
    const entries = [];
    for (const [name, value] of new FormData(form)) {
      if (value instanceof File && !value.size) continue;
      entries.push(value instanceof File ? [name, new Blob([await value.arrayBuffer()], { type: value.type }), value.name || "photo.jpg"] : [name, value]);
    }
    const canvas = form.querySelector("canvas");
    if (canvas && drawn.has(canvas)) {
      const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
      entries.push([canvas.dataset.name, blob, "signature.png"]);
    }
    const part = form.querySelector("[name=part]").value;
    const row = { of, entries, form: [...page.querySelectorAll("[data-part]")].indexOf(form), shown: ["photo", "sign", "refuse", "place"].includes(part) };
    try {
      await keep(row);
    } catch {
      form.submit(); // a browser that keeps nothing: by the form itself
      return;
    }
    if (part === "photo") form.reset();
    await flush();
  };

  const goesByItself = (form) => !["sign", "refuse"].includes(form.querySelector("[name=part]").value) && form.checkValidity();

  page.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-part]");
    if (!form) return;
    event.preventDefault();
    take(form);
  });
  page.addEventListener("change", (event) => {
    const form = event.target.closest("[data-part]");
    if (form && goesByItself(form)) take(form);
  });
  // Words go up while they are typed, too: nobody has to leave the field before the page is left.
  const pauses = new WeakMap();
  page.addEventListener("input", (event) => {
    const form = event.target.closest("[data-part]");
    if (!form || !event.target.matches("textarea, input:not([type])")) return;
    clearTimeout(pauses.get(form));
    pauses.set(form, setTimeout(() => goesByItself(form) && take(form), 1000));
  });

  // Where we are, once somebody asks for it; and nothing where the browser does not say.
  const place = page.querySelector("[data-place]");
  if (place && navigator.geolocation) {
    place.hidden = false;
    const said = place.querySelector(".said");
    place.querySelector("[data-locate]").addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(
        (found) => {
          place.elements.latitude.value = found.coords.latitude.toFixed(6);
          place.elements.longitude.value = found.coords.longitude.toFixed(6);
          place.elements.accuracy.value = Math.ceil(found.coords.accuracy);
          place.elements.at.value = Math.round(found.timestamp);
          take(place);
        },
        () => say(said, said.dataset.denied, true),
        { enableHighAccuracy: true, timeout: 20000 },
      );
    });
  }

  // The signature on glass.
  page.querySelectorAll("canvas").forEach((canvas) => {
    const pen = canvas.getContext("2d");
    const wipe = () => {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      drawn.delete(canvas);
    };
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
    };
    let down = false;
    canvas.closest(".glass").hidden = false;
    canvas.parentElement.querySelector("[data-wipe]").addEventListener("click", wipe);
    canvas.addEventListener("pointerdown", (event) => {
      down = true;
      canvas.setPointerCapture(event.pointerId);
      pen.lineWidth = 6;
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = "#111";
      pen.beginPath();
      pen.moveTo(...at(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!down) return;
      pen.lineTo(...at(event));
      pen.stroke();
      drawn.add(canvas);
    });
    ["pointerup", "pointercancel"].forEach((name) => canvas.addEventListener(name, () => (down = false)));
    wipe();
  });

  // What waited since the last time goes up now, and whenever there is a line again; until then nothing is concluded.
  window.addEventListener("online", flush);
  setInterval(async () => (await waiting()).length && flush(), 15000);
  document.getElementById("conclude").addEventListener("click", async (event) => {
    event.preventDefault();
    await flush();
    if (!(await waiting()).length) location.href = event.target.href;
  });
  flush();
})();
