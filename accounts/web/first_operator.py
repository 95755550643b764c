"""The page of the link that the server prints where nobody runs the installation yet."""

from django.contrib.auth import login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.auth.client_address import Client, client_of
from accounts.errors import LinkNotValid
from accounts.models import User
from accounts.people.first_operator import is_first_operator_token, set_up_first_operator
from accounts.web.answers import LimitedForm, answer_form
from accounts.web.forms import RegistrationForm
from chatproject.core.errors import InvalidInput, RateLimited


class FirstOperatorForm(LimitedForm):
    """The fields of a registration; the token stays in the page's address."""

    name = RegistrationForm.base_fields["name"]
    email = RegistrationForm.base_fields["email"]
    password = RegistrationForm.base_fields["password"]

    def set_up(self, token: str, client: Client) -> User | None:
        """None when the action refuses, with the reasons as form errors."""
        try:
            return set_up_first_operator(token=token, client=client, **self.cleaned_data)
        except InvalidInput as refusal:
            for error in refusal.errors:
                self.add_error(error["field"], error["detail"])
        except LinkNotValid:
            self.add_error(
                None, _("This link is no longer valid: this chat has an administrator already.")
            )
        except RateLimited as refusal:
            self.limit(refusal)
        return None


@sensitive_post_parameters("password")
@never_cache
@csrf_protect
def page(request: HttpRequest) -> HttpResponseBase:
    """Makes the account and signs it in; 404 without a link that is valid."""
    token = request.GET.get("token", "")
    form = FirstOperatorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.set_up(token, client_of(request))
        if person is not None:
            login(request, person)
            return redirect("index")
    is_valid = is_first_operator_token(token)
    answer = answer_form(request, "registration/first_operator.html", form, is_valid=is_valid)
    if not is_valid:
        answer.status_code = 404
    return answer
