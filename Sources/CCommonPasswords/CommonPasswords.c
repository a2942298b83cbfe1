#include "CCommonPasswords.h"

#if defined(__clang__)
// #embed is C23; clang has it in every mode since version 19, and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"
#endif

const unsigned char latchkey_common_passwords[] = {
#embed "common-passwords.txt"
};

const unsigned long latchkey_common_passwords_count = sizeof latchkey_common_passwords;
