/** The same for everybody: rendered once, when the app is built. */

export default function About() {
  return <h1>Notes are kept until this program ends.</h1>;
}
