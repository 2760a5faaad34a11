"""Images that a deployment builds: nothing is built here, an image with a digest of its own is put into the repository.

The digest comes from what the build is told (context, Dockerfile, platform, arguments), not from what the files hold.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._store import made_up

_NAME = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:]+):(?P<tag>.+)"
)
_HEXADECIMAL = "0123456789abcdef"


def _parts(c: Creation) -> re.Match[str]:
    found = _NAME.fullmatch(c.inputs["imageName"])
    if found is None:
        raise MappingError(f"imageName: {c.inputs['imageName']!r} is no repository of ECR with a tag")
    return found


def _image(c: Creation) -> Mapping[str, Any]:
    if c.inputs.get("buildOnPreview"):
        raise MappingError("buildOnPreview: a preview must not build anything")
    if c.inputs.get("skipPush"):
        raise MappingError("skipPush: tasks pull from the repository, where the image must be")
    found = _parts(c)
    layer = {"digest": "sha256:" + made_up(json.dumps(c.inputs["build"], sort_keys=True), 64, _HEXADECIMAL)}
    media_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": {"size": 1, **layer}, "layers": [layer]}
    return {
        "repositoryName": found["repository"],
        "imageTag": found["tag"],
        "imageManifest": json.dumps(manifest),
        "imageManifestMediaType": media_type,
    }


def _outputs(c: Creation) -> Mapping[str, Any]:
    found, digest = _parts(c), c.answers[0]["image"]["imageId"]["imageDigest"]
    build = c.inputs["build"]
    return {
        "baseImageName": c.inputs["imageName"],
        "context": build.get("context", "."),
        "dockerfile": build.get("dockerfile", "Dockerfile"),
        "platform": build.get("platform", ""),
        "registryServer": c.inputs.get("registry", {}).get("server", ""),
        "repoDigest": f"{c.inputs['imageName'].removesuffix(':' + found['tag'])}@{digest}",
    }


HANDLERS = (
    Handler(
        type="docker:index/image:Image",
        calls=(
            Call(
                operation="ecr:PutImage",
                inputs=frozenset(),
                parameters=_image,
                consumes=frozenset({"imageName", "build", "skipPush", "buildOnPreview"}),
                region=lambda c: _parts(c)["region"],
            ),
        ),
        id="image.imageId.imageDigest",
        outputs=_outputs,
        held={"registry": "where Docker logs in"},
    ),
)
