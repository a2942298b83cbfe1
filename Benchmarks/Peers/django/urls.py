from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


def constant(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello", content_type="text/plain")


@login_required
def protected(request: HttpRequest) -> HttpResponse:
    return render(request, "protected.html")


urlpatterns = [
    path("constant", constant),
    path("protected", protected),
    path("login", LoginView.as_view(template_name="login.html")),
    path("logout", LogoutView.as_view()),
]
