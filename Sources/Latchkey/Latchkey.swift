@_exported public import Hummingbird
@_exported public import LatchkeyCore
@_exported public import LatchkeyHummingbird
@_exported public import LatchkeySQLite
@_exported public import LatchkeySchema

#if Postgres
  @_exported public import LatchkeyPostgres
#endif
