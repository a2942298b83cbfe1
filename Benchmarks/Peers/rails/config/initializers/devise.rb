require "devise/orm/active_record"

Devise.setup do |config|
  config.stretches = 12
  config.sign_out_via = :post
end
