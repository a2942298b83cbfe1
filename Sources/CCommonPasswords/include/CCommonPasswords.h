#ifndef LATCHKEY_COMMON_PASSWORDS_H
#define LATCHKEY_COMMON_PASSWORDS_H

/// The common passwords: UTF-8, lower case, sorted by their bytes, each ended by a line feed.
/// There is no zero at the end.
extern const unsigned char latchkey_common_passwords[];

/// How many bytes `latchkey_common_passwords` has.
extern const unsigned long latchkey_common_passwords_count;

/// The first byte of `latchkey_common_passwords`. Swift imports no array whose size is not declared,
/// but it does import this.
static inline const unsigned char *_Nonnull latchkey_common_passwords_start(void) {
  return latchkey_common_passwords;
}

#endif
