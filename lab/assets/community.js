// The page of the community: keeps what it is given where the scheme says, and sends it as the scheme says.
{
  const keeps = document.body.dataset;
  const memory = {};
  const keep = (kind, value) => {
    if (value === undefined) return;
    if (keeps[kind] === "local-storage") localStorage.setItem(kind, value);
    if (keeps[kind] === "memory") memory[kind] = value;
  };
  const kept = (kind) => (keeps[kind] === "local-storage" ? localStorage.getItem(kind) : memory[kind]);
  const take = (answer) => {
    keep("access", answer.access_token);
    keep("refresh", answer.refresh_token);
    keep("csrf", answer.csrf_token);
  };
  const headers = (method) => {
    const all = {};
    if (kept("access")) all.authorization = `Bearer ${kept("access")}`;
    if (method !== "GET" && kept("csrf")) all["x-csrf-token"] = kept("csrf");
    return all;
  };
  const send = async (method, path, body) => {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const answer = await fetch(path, { method, headers: { ...headers(method), ...json }, body: body && JSON.stringify(body) });
    return answer;
  };
  const refresh = async () => {
    if (keeps.refresh === "nowhere") return false;
    const body = keeps.refresh === "local-storage" ? { refresh_token: kept("refresh") } : undefined;
    const answer = await send("POST", "/refresh", body);
    if (answer.ok) take(await answer.json());
    return answer.ok;
  };
  const call = async (method, path) => {
    const answer = await send(method, path);
    return answer.status === 401 && (await refresh()) ? send(method, path) : answer;
  };
  const show = async () => {
    const answer = await call("GET", "/me");
    document.querySelector("#who").textContent = answer.ok ? `You are ${(await answer.json()).name}` : "You are nobody";
  };
  document.querySelector("#sign-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await send("POST", "/sign-in", Object.fromEntries(new FormData(event.target)));
    if (answer.ok) take(await answer.json());
    await show();
  });
  document.querySelector("#sign-out").addEventListener("click", async () => {
    await send("POST", "/sign-out");
    for (const kind of ["access", "refresh", "csrf"]) {
      localStorage.removeItem(kind);
      delete memory[kind];
    }
    await show();
  });
  const begin = async () => {
    if (keeps.csrf !== "nowhere") {
      const answer = await send("GET", "/csrf");
      if (answer.ok) take(await answer.json());
    }
    await show();
  };
  begin();
}
