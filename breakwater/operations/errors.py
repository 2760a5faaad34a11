"""What AWS and GitHub refuse, as one sentence for people."""

from collections.abc import Iterator
from contextlib import contextmanager


class OperationError(Exception):
    """What stopped the command; the message says which call, why and what to do."""


_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403", "Forbidden"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}


@contextmanager
def explained() -> Iterator[None]:
    """Within the block, whatever botocore raises becomes an OperationError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise OperationError(_refusal(error)) from error
    except BotoCoreError as error:
        raise OperationError(_failure(error)) from error


def code(error: Exception) -> str:
    """AWS's name of the refusal in a ClientError."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def _refusal(error: Exception) -> str:
    name, operation = code(error), getattr(error, "operation_name", "a call")
    if name in _EXPIRED:
        return f"the credentials have expired ({operation}); sign in again"
    if name in _UNKNOWN:
        return f"AWS does not know these credentials ({operation}: {name}); sign in again, or choose with AWS_PROFILE"
    message = str(getattr(error, "response", {}).get("Error", {}).get("Message", "")).rstrip(".")
    if name in _DENIED:
        return f"{operation} is not permitted to whoever is signed in: {message or name}; use a role that may"
    return f"AWS refused {operation}: {name}: {message}"


def _failure(error: Exception) -> str:
    from botocore import exceptions as e

    if isinstance(error, e.NoCredentialsError | e.PartialCredentialsError | e.CredentialRetrievalError):
        return f"no AWS credentials: {error}; sign in (aws sso login), or name a profile with AWS_PROFILE"
    if isinstance(error, e.ProfileNotFound | e.TokenRetrievalError | e.SSOTokenLoadError):
        return f"AWS credentials: {error}"
    if isinstance(
        error, e.EndpointConnectionError | e.ConnectTimeoutError | e.ReadTimeoutError | e.ProxyConnectionError
    ):
        return f"AWS does not answer: {error}"
    return f"AWS call failed: {error}"
