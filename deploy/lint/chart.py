"""Lints the chart, renders it as installations would, and sees that its schema refuses what it must: chart.py <chart> <folder for what is rendered>."""

import sys
from pathlib import Path

import helm_python as helm

LEAST = {"publicUrl": "https://id.example.org", "secret": "bitjang"}
EVERYTHING = LEAST | {
    "publicUrl": "https://id.example.org:8443",
    "replicas": 5,
    "image": {"repository": "registry.example.org/bitjang", "tag": "0.1.0", "pullSecrets": ["registry"]},
    "sessionsUrl": True,
    "trustedProxies": ["10.0.0.0/8", "fd00::/8"],
    "settings": {"sessions.idle_seconds": "86400", "sign_up": "closed"},
    "ingress": {"enabled": True, "className": "nginx", "annotations": {"a": "b"}, "tlsSecret": "certificate"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "podAnnotations": {"a": "b"},
}
REFUSED = [
    {"publicUrl": "https://id.example.org"},
    LEAST | {"publicUrl": "http://id.example.org"},
    LEAST | {"publicUrl": "https://id.example.org/"},
    LEAST | {"replicas": 0},
    LEAST | {"replica": 3},
    LEAST | {"settings": {"sessions.idle_seconds": 86400}},
    LEAST | {"settings": {"SIGN_UP": "closed"}},
]


def main(chart_folder: Path, rendered: Path) -> None:
    """Ends with what is wrong, if anything is."""
    for name, values in {"least": LEAST, "everything": EVERYTHING}.items():
        lint(chart_folder, values)
        render(chart_folder, values, rendered / name)
    for values in REFUSED:
        is_refused(chart_folder, values)


def lint(chart_folder: Path, values: dict) -> None:
    """`helm lint --strict`."""
    report = helm.lint(chart_folder, values, strict=True)
    for message in report["messages"]:
        print(f"{message['path']}: {message['error']}")
    # An icon is for catalogues of charts.
    if report["errors"] or any(message["severity"] > 1 for message in report["messages"]):
        sys.exit(f"the chart has faults: {report['errors']}")


def render(chart_folder: Path, values: dict, folder: Path) -> None:
    """`helm template`, one file for each template."""
    folder.mkdir(parents=True, exist_ok=True)
    with helm.Chart.load(chart_folder) as chart:
        chart.validate_schema(values)
        for template, text in chart.render(values, name="id", namespace="people").items():
            if text.strip():
                folder.joinpath(Path(template).name).write_text(text)


def is_refused(chart_folder: Path, values: dict) -> None:
    """What the schema lets through is found by nobody before the servers start."""
    with helm.Chart.load(chart_folder) as chart:
        try:
            chart.validate_schema(values)
        except helm.HelmError:
            return
    sys.exit(f"the schema of the values lets {values} through")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
