window.visitor_gray_callback && visitor_gray_callback({"retcode":20000000,"msg":"succ","data":{"sub":"_2AkM-INVENTED","subp":"0033-INVENTED","alt":"","tid":"01A","new_tid":false}});
