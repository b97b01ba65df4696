/** What is shown while nobody can tell who is signed in. */
"use client";

export default function Trouble() {
  return <h1>Something is wrong here. You are still who you were: try again in a moment.</h1>;
}
