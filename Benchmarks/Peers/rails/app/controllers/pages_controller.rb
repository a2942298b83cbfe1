class PagesController < ApplicationController
  before_action :authenticate_user!, only: :show

  def constant
    render plain: "Hello"
  end

  def show
  end
end
