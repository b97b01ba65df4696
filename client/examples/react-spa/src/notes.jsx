/** What the API on yet another origin knows about who asks. */

import { useEffect, useState } from "react";

export function Notes({ auth, api }) {
  const [text, setText] = useState("…");
  useEffect(() => {
    auth.fetch(`${api}/notes`).then(
      async (answer) => setText(answer.ok ? await answer.text() : `The API answered ${answer.status}`),
      () => setText("The API cannot be reached"),
    );
  }, [auth, api]);
  return <p id="notes">{text}</p>;
}
