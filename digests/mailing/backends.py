"""Mail by any of Django's other mail backends: a provider's API by django-anymail, files, the terminal."""

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import get_connection
from requests.exceptions import ConnectTimeout

from digests.mailing.answers import Answer, Carrier, LastingTrouble, Outcome, Permit, Trouble
from digests.mailing.letters import Letter
from digests.mailing.smtp import SmtpCarrier


def open_carrier() -> Carrier:
    """The way out that EMAIL_URL names."""
    if settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
        return SmtpCarrier()
    return BackendCarrier()


class BackendCarrier:
    """Django's mail backend, opened once. A provider's answer says for which call a failure was before the mail."""

    def __init__(self) -> None:
        self._backend = get_connection()
        self._is_open = False

    def carry(self, letter: Letter, permit: Permit) -> Answer:
        message = letter.message
        self._open()
        if not permit():
            return Answer(Outcome.HELD_BACK)
        try:
            self._backend.send_messages([message])
        except AnymailRecipientsRefused as error:
            return Answer(Outcome.REFUSED, _words(error))
        except AnymailAPIError as error:
            return _api_answer(error)
        except AnymailError as error:  # settings or message that anymail wouldn't even pass on
            raise LastingTrouble(f"The mail provider can’t be used: {_words(error)}") from error
        except OSError as error:  # a full disk, say: providers' failures are anymail's errors
            raise Trouble(f"Mail can’t be kept ({error}).") from error
        status = getattr(message, "anymail_status", None)
        return Answer(Outcome.SENT, provider_id=str(getattr(status, "message_id", "") or ""))

    def close(self) -> None:
        if self._is_open:
            self._backend.close()
            self._is_open = False

    def _open(self) -> None:
        if not self._is_open:
            try:
                self._backend.open()
            except OSError as error:
                raise Trouble(f"Mail can’t be handed over ({error}).") from error
            self._is_open = True


def _api_answer(error: AnymailAPIError) -> Answer:
    """What a provider's refusal means for the mail. Raises Trouble."""
    words, status = _words(error), error.status_code
    if status in (401, 403):
        raise LastingTrouble(f"The mail provider refused our key: {words}") from error
    if status in (429, 503) or isinstance(error.__cause__, ConnectTimeout):
        raise Trouble(f"The mail provider takes no mail now: {words}") from error
    if status is not None and 400 <= status < 500:
        return Answer(Outcome.REFUSED, words)
    return Answer(Outcome.UNKNOWN, words)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:500]
