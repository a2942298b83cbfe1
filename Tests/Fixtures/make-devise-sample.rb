#!/usr/bin/env ruby
# Usage: Tests/Fixtures/make-devise-sample.rb Tests/Fixtures/devise-sample.sqlite3
#
# Makes the database of a Rails app with Devise: the table as `rails generate devise User` makes it, with the
# columns of the module confirmable, and hashes by Devise's own encryptor. The passwords are the names before the @.
# Needs ruby-devise, ruby-activerecord and ruby-sqlite3 from Debian.

if ARGV.length != 1 || ARGV[0].start_with?("-")
  puts File.foreach(__FILE__).drop(1).take_while { |line| line.start_with?("#") }.map { |line| line.delete_prefix("#").strip }
  exit(ARGV.intersect?(["-h", "--help"]) ? 0 : 64)
end

require "active_record"
require "devise"
require "devise/orm/active_record"

ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ARGV[0])
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :users do |t|
    t.string :email, null: false, default: ""
    t.string :encrypted_password, null: false, default: ""
    t.string :reset_password_token
    t.datetime :reset_password_sent_at
    t.datetime :remember_created_at
    t.string :confirmation_token
    t.datetime :confirmed_at
    t.datetime :confirmation_sent_at
    t.timestamps null: false
  end
  add_index :users, :email, unique: true
end

class User < ActiveRecord::Base
  def self.pepper = nil
  def self.stretches = 5
end

[["ruby", true], ["rita", true], ["unconfirmed", false]].each_with_index do |(name, confirmed), number|
  moment = Time.utc(2023, 5, 1 + number, 8, 0, 0.5)
  User.create!(
    email: "#{name}@example.org", encrypted_password: Devise::Encryptor.digest(User, name),
    confirmed_at: confirmed ? moment : nil, created_at: moment)
end
User.create!(email: "invited@example.org", encrypted_password: "", confirmed_at: Time.utc(2023, 6, 1))
