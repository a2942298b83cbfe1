require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require "action_mailer/railtie" # Devise has a mailer, which is loaded with everything else
require "action_view/railtie"
require "devise"
require_relative "../lib/session_table"

module Peer
  class Application < Rails::Application
    config.load_defaults 6.1
    config.cache_classes = true
    config.eager_load = true
    config.consider_all_requests_local = false
    config.action_controller.perform_caching = true
    config.log_level = :error
    config.logger = Logger.new($stderr)
    config.secret_key_base = ENV.fetch("PEER_SECRET")
    config.session_store SessionTable, key: "_peer_session"
  end
end
