"""Checks template.yaml: as it is written, and as SAM expands it (cfn-lint does not see through SAM).

Run with the tools of infra/requirements.txt: python infra/lint_template.py
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
TOOLS = Path(sys.executable).parent
REGION = "us-east-1"
MOST_ALARMS = 10


class NoManagedPolicies:
    """Managed policies by name are not used here, so that expanding needs no call to AWS."""

    def load(self):
        return {}


def expanded(source):
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    defaults = {
        name: parameter["Default"]
        for name, parameter in source["Parameters"].items()
        if "Default" in parameter
    }
    for resource in source["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # where `sam package` would have put the code
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    result = transform(source, defaults, NoManagedPolicies())
    # SAM is expanded, this one is not: it lets a function stand in DeletionPolicy
    result["Transform"] = "AWS::LanguageExtensions"
    return result


def statements(resources):
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] != "AWS::IAM::Role":
            continue
        if properties.get("ManagedPolicyArns"):
            yield name, {"Action": "*", "Resource": "managed policy"}
        for policy in properties.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def listed(value):
    return value if isinstance(value, list) else [value]


def too_wide(resources):
    """Roles grant single actions on named resources, nothing else."""
    for name, statement in statements(resources):
        for action in listed(statement.get("Action", "*")):
            if "*" in action:
                yield f"{name}: action {action}"
        for target in listed(statement.get("Resource", "*")):
            if target == "*":
                yield f"{name}: resource *"
        if "NotAction" in statement or "NotResource" in statement:
            yield f"{name}: NotAction or NotResource"


def too_many(resources):
    alarms = [n for n, r in resources.items() if r["Type"] == "AWS::CloudWatch::Alarm"]
    if len(alarms) > MOST_ALARMS:
        yield f"{len(alarms)} alarms, at most {MOST_ALARMS} are free"


def unbuilt(source):
    """Every function folder is a resource with that binary, and the reverse."""
    folders = {path.parent.name for path in ROOT.glob("functions/*/Cargo.toml")}
    named = set()
    for resource in source["Resources"].values():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        folder = resource["Properties"]["CodeUri"].removeprefix("functions/")
        binary = resource["Metadata"]["BuildProperties"]["Binary"]
        named.add(folder)
        if folder != binary:
            yield f"{folder}: binary {binary}"
    yield from (f"{name}: folder or resource is missing" for name in sorted(folders ^ named))


def cfn_lint(path):
    command = [str(TOOLS / "cfn-lint"), "--regions", REGION, "--template", str(path)]
    return subprocess.run(command, check=False).returncode


def main():
    failures = cfn_lint(TEMPLATE)
    source = yaml_parse(TEMPLATE.read_text())
    findings = list(unbuilt(source))
    result = expanded(yaml_parse(TEMPLATE.read_text()))
    findings += [*too_wide(result["Resources"]), *too_many(result["Resources"])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "expanded.json"
        path.write_text(json.dumps(result, indent=1))
        failures += cfn_lint(path)
    for finding in findings:
        print(f"template.yaml: {finding}")
    sys.exit(1 if failures or findings else 0)


if __name__ == "__main__":
    main()
