"""moto made ready: quick to import, the same in every run, empty."""

import contextlib
import os
from collections.abc import Iterator
from functools import cache
from typing import Any
from unittest.mock import patch

os.environ.setdefault(
    "MOTO_EC2_LOAD_DEFAULT_AMIS", "false"
)  # read when moto.ec2 is imported; half a second for nothing

from botocore import loaders
from cryptography.hazmat.primitives.asymmetric import rsa
from moto.utilities import utils as moto_utilities

ACCOUNT_ID = "123456789012"
"""moto's account, as in moto.core.DEFAULT_ACCOUNT_ID."""
_SEED = 20


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
        patch.object(loaders.JSONFileLoader, "load_file", load_file_once),
        patch.object(moto_utilities, "load_resource", load_resource_but_instance_types),
    ):
        yield


@cache
def _load() -> None:
    with _quick_imports():
        import moto.ec2.models  # noqa: F401
    from moto.core import responses, utils

    # moto lists the methods of its class anew for each request: half of a millisecond.
    vars(responses)["method_names_from_class"] = cache(utils.method_names_from_class)


@cache
def _one_key(public_exponent: int, key_size: int, backend: Any = None) -> rsa.RSAPrivateKey:  # noqa: ARG001 (the library's)
    return _generate_private_key(public_exponent, key_size)


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
    with patch.object(rsa, "generate_private_key", _one_key):
        try:
            yield
        finally:
            BackendDict.reset()
            reset_model_data()
