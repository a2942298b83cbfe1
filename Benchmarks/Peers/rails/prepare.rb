# Makes the tables and the one account.
require_relative "config/environment"

ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :users do |table|
    table.string :email, null: false, index: { unique: true }
    table.string :encrypted_password, null: false
    table.timestamps
  end
  create_table :sessions do |table|
    table.string :session_id, null: false, index: { unique: true }
    table.json :data, null: false
    table.timestamps
  end
end
User.create!(email: ENV.fetch("PEER_ACCOUNT"), password: ENV.fetch("PEER_PASSWORD"))
