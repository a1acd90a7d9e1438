// A form whose answer an authenticator gives (WebAuthn): asks it, puts the answer into the form, and sends the form.
(() => {
  "use strict";

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const asked = (question) => {
    const keys = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));
    const options = { ...question, challenge: bytes(question.challenge) };
    if (question.user) options.user = { ...question.user, id: bytes(question.user.id) };
    options.excludeCredentials = keys(question.excludeCredentials);
    options.allowCredentials = keys(question.allowCredentials);
    return { publicKey: options };
  };

  const told = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
  };

  const ask = async (form) => {
    const said = form.querySelector("[data-said]");
    const say = (sentence) => {
      said.textContent = sentence;
      said.hidden = false;
    };
    if (!window.PublicKeyCredential) return say(form.dataset.cannot);
    try {
      const credential = await navigator.credentials[form.dataset.passkey](asked(JSON.parse(form.dataset.question)));
      form.elements.answer.value = JSON.stringify(told(credential));
      form.submit();
    } catch (fault) {
      say(fault.name === "SecurityError" ? form.dataset.cannot : form.dataset.stopped);
    }
  };

  document.addEventListener(
    "submit",
    (event) => {
      if (!event.target.dataset.passkey) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(event.target);
    },
    true,
  );
})();
