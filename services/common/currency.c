/* SPDX-License-Identifier: Apache-2.0 */
#include "currency.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define CODE_LENGTH 3

/* Codes by the digits of their minor unit, each with one blank behind it. */
static const struct {
    int minor_digits;
    const char *codes;
} currencies[] = {
    {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF "},
    {2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
        "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
        "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
        "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
        "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
        "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
        "XCD XCG YER ZAR ZMW ZWG "},
    {3, "BHD IQD JOD KWD LYD OMR TND "},
    {4, "CLF UYW "},
};

int currency_minor_digits(const char *code) {
    if (strlen(code) != CODE_LENGTH || strchr(code, ' ') != NULL)
        return -1;
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
        for (const char *known = currencies[i].codes; *known != '\0'; known += CODE_LENGTH + 1) {
            if (memcmp(known, code, CODE_LENGTH) == 0)
                return currencies[i].minor_digits;
        }
    }
    return -1;
}
