# Sessions in the database. Debian has no package of activerecord-session_store, whose work this does in
# the same way: one row for each session under the hash of its id, written only when it has changed.
class SessionTable < ActionDispatch::Session::AbstractSecureStore
  class Row < ActiveRecord::Base
    self.table_name = "sessions"
  end

  ROW = "peer.session_row".freeze

  def find_session(request, id)
    row = id && Row.find_by(session_id: id.private_id)
    request.set_header(ROW, row)
    row ? [id, row.data] : [generate_sid, {}]
  end

  def write_session(request, id, data, _options)
    row = request.get_header(ROW) || Row.new(session_id: id.private_id)
    row.update!(data: data)
    id
  end

  def delete_session(request, id, options)
    Row.where(session_id: id.private_id).delete_all
    request.set_header(ROW, nil)
    generate_sid unless options[:drop]
  end
end
