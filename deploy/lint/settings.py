"""Has `bitjang check` judge what each way of deploying tells a server: settings.py <bitjang> <folder of deploy> <folder of the rendered chart>."""

import base64
import re
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

SECRETS = {
    "store-url": "postgres://bitjang:secret@db.internal/bitjang",
    "sessions-url": "rediss://bitjang:secret@redis.internal/0",
    "encryption-key": base64.b64encode(secrets.token_bytes(32)).decode(),
}


def main(bitjang: Path, deploy: Path, rendered: Path) -> None:
    """Ends with what is wrong, if anything is."""
    unit = of_unit([deploy / "systemd/bitjang.service"])
    several = of_unit([deploy / "systemd/bitjang.service", deploy / "systemd/postgres.conf"])
    settings = {"systemd": unit, "systemd on PostgreSQL": several}
    for name in ["one", "two", "three"]:
        settings[f"compose: {name}"] = of_compose(deploy / "compose.yaml", name)
    for manifest in rendered.glob("*/deployment.yaml"):
        settings[f"helm: {manifest.parent.name}"] = of_pod(manifest)
    for name, environment in settings.items():
        check(bitjang.resolve(), name, environment, deploy)


def of_unit(files: list[Path]) -> dict[str, str]:
    """What `Environment=` says in all of the files."""
    text = "\n".join(file.read_text() for file in files)
    return dict(line.split("=", 1) for line in re.findall("^Environment=(.*)$", text, re.MULTILINE))


def of_compose(file: Path, service: str) -> dict[str, str]:
    """The environment of a service, and of its image."""
    environment = yaml.safe_load(file.read_text())["services"][service]["environment"]
    image = re.findall(r"(BITJANG_\w+)=(\S+)", file.with_name("docker").joinpath("Dockerfile").read_text())
    unset = re.compile(r"\$\{\w+:-([^}]*)\}")
    return dict(image) | {name: unset.sub(r"\1", value) for name, value in environment.items()}


def of_pod(manifest: Path) -> dict[str, str]:
    """The environment of the one container."""
    [container] = yaml.safe_load(manifest.read_text())["spec"]["template"]["spec"]["containers"]
    return {variable["name"]: variable["value"] for variable in container["env"]}


def check(bitjang: Path, name: str, environment: dict[str, str], deploy: Path) -> None:
    """Runs `bitjang check` with secrets that look like real ones."""
    with tempfile.TemporaryDirectory() as folder:
        for secret, text in SECRETS.items():
            Path(folder, secret).write_text(text)
        here = {variable: found(variable, value, folder, deploy) for variable, value in environment.items()}
        checked = subprocess.run([bitjang, "check"], env=here, cwd=folder, capture_output=True, text=True)
        if checked.returncode != 0:
            sys.exit(f"{name}: {checked.stdout}{checked.stderr}")
        print(f"{name}: {len(here)} variables, good")


def found(variable: str, value: str, folder: str, deploy: Path) -> str:
    """The value with paths that exist here."""
    if variable == "BITJANG_CONFIG":
        return str((deploy / "systemd" / Path(value).name).resolve())
    return str(Path(folder, Path(value).name)) if variable.endswith("_FILE") else value


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
