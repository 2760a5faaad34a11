"""moto made ready: quick to import, the same in every run, empty."""

import contextlib
import os
from collections.abc import Iterator
from functools import cache
from typing import Any
from unittest.mock import patch

# Read when moto.ec2 is imported: half a second for images that nobody starts.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
# The archives of Lambda functions are put into S3 by a build, which nobody runs here.
os.environ.setdefault("VALIDATE_LAMBDA_S3", "false")

from botocore import loaders
from botocore.session import Session
from cryptography.hazmat.primitives.asymmetric import rsa
from moto.utilities import utils as moto_utilities

from breakwater.simulator.service_model import service_description

ACCOUNT_ID = "123456789012"
"""moto's account, as in moto.core.DEFAULT_ACCOUNT_ID."""
_SEED = 20


def _quick_regions() -> contextlib.AbstractContextManager[Any]:
    """moto asks botocore in which regions a service is, and that would parse the service's model once more for it."""
    return patch.object(Session, "get_service_data", lambda _, service, *__: service_description(service))


@contextlib.contextmanager
def _quick_imports() -> Iterator[None]:
    """While moto.ec2 is imported: parse each of botocore's data files once, and skip the catalogue of instance types.

    moto.ec2 makes eleven botocore sessions that each parse endpoints.json anew (0.6 s), and loads the offerings of
    every instance type in every zone (0.5 s), which matter to EC2 instances only.
    """
    load_file, load_resource = loaders.JSONFileLoader.load_file, moto_utilities.load_resource
    parsed: dict[str, Any] = {}

    def load_file_once(self: Any, file_path: str) -> Any:
        if file_path not in parsed:
            parsed[file_path] = load_file(self, file_path)
        return parsed[file_path]

    def load_resource_but_instance_types(resource: str) -> Any:
        return {} if "instance_type" in resource else load_resource(resource)

    with (
        _quick_regions(),
        patch.object(loaders.JSONFileLoader, "load_file", load_file_once),
        patch.object(moto_utilities, "load_resource", load_resource_but_instance_types),
    ):
        yield
    parsed.clear()


def _share_endpoints() -> None:
    """Each of botocore's sessions would keep an endpoints.json of its own: 5 MB."""
    load_file = loaders.JSONFileLoader.load_file
    shared: dict[str, Any] = {}

    def load(self: Any, file_path: str) -> Any:
        if not file_path.endswith("endpoints"):
            return load_file(self, file_path)
        if file_path not in shared:
            shared[file_path] = load_file(self, file_path)
        return shared[file_path]

    patch.object(loaders.JSONFileLoader, "load_file", load).start()


@cache
def _load() -> None:
    _share_endpoints()
    with _quick_imports():
        import moto.ec2.models  # noqa: F401
    from moto.core import responses, utils

    # moto lists the methods of its class anew for each request: half of a millisecond.
    vars(responses)["method_names_from_class"] = cache(utils.method_names_from_class)
    load_separately = vars(utils)["_load_service_model"]

    def load_service_model(service: str, kind: str) -> dict[str, Any]:
        """The model that requests are checked against, instead of a second copy of it, parsed again."""
        shared = kind == "service-2" and service not in _OWN_MODELS
        return service_description(service) if shared else load_separately(service, kind)

    vars(utils)["_load_service_model"] = load_service_model


_OWN_MODELS = frozenset({"s3", "s3control", "sqs", "cloudfront", "route53"})
"""The services to whose models moto adds more than exceptions (moto's service-2.moto-extras.json)."""


def _one_key(*_: Any, **__: Any) -> rsa.RSAPrivateKey:
    return _throwaway_key()


@cache
def _throwaway_key() -> rsa.RSAPrivateKey:
    return _generate_private_key(65537, 1024)


_generate_private_key = rsa.generate_private_key


@contextlib.contextmanager
def empty_cloud() -> Iterator[None]:
    """moto without any resource, not even the default VPCs, which answers the same in every run."""
    _load()
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data
    from moto.moto_api._internal import mock_random

    BackendDict.reset()
    mock_random.seed(_SEED)
    # Every KMS key and certificate gets an RSA key that nobody looks at: 40 to 80 ms each unless it is the same one.
    with _quick_regions(), patch.object(rsa, "generate_private_key", _one_key):
        try:
            yield
        finally:
            BackendDict.reset()
            reset_model_data()
