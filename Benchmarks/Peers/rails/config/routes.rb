Rails.application.routes.draw do
  root to: redirect("/protected")
  get "constant", to: "pages#constant"
  get "protected", to: "pages#show"
  devise_for :users, path: "", path_names: { sign_in: "login", sign_out: "logout" }
end
